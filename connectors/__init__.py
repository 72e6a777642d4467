"""Where data lives: one file for each system, all behind connectors.contract."""
