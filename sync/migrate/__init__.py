"""How do customers move once from where they are into another system, and how is it proved that all of them arrived?"""
