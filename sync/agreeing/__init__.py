"""What becomes of the values, and what would be written?"""
