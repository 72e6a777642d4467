"""What connectors/sql.py is made of: opening, describing, reading and writing a table of any SQLAlchemy database."""
