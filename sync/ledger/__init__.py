"""What is remembered between runs, in one database (RULES §0, DESIGN §9). SQL stands here and in connectors/sql.py."""
