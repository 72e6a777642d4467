"""How do records come from sources into the ledger?"""
