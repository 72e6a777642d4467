"""What the commands do besides the line of a run: one file for each thing that a person asks for."""
