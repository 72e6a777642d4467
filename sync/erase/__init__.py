"""How does a customer leave the ledger for good, and stay away? (RULES R22; `find`, `erase`, `expire`, `answer`, `let_in`)

The parts stand in files of their own (target, act, retention, answers) and are imported from there: the sieve is part
of every run, and must not bring them along.
"""
