"""Word lists for comparison: general knowledge, written for this project, fitted to no data set."""
