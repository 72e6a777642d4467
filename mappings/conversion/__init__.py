"""How one mapped place is read and written; mappings.convert puts places together to records."""
