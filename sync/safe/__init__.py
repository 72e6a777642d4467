"""How is the ledger kept safe: copied, brought back, and recognised as an old copy? (RULES R21c)"""
