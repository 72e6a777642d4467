"""What several connectors need; knows only the contract."""
