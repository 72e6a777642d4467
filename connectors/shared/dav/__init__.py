"""What is shared by connectors that speak WebDAV: its XML, and where a person's address books are."""
