"""How are Office Open XML workbooks read, and changed without touching what did not change?"""
