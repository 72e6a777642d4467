"""DUPLICATES in any spreadsheets, with no project and no configuration: read, look what the columns hold, match, tell."""
