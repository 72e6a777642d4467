"""How sources agree: configuration, the line of one run, the ledger, review and undo."""
