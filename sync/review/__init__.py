"""What does a person decide, and how: listed, shown, answered, filled in on a sheet?"""
