"""What is printed: one file for each kind of thing that is shown."""
