"""How does what was planned reach the sources, and what became of it?"""
