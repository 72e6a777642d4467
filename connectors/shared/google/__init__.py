"""What the connector of Google Sheets is made of: signing in, the wire, a sheet as it stands, what is written."""
