"""What people do to values when they type, paste, export and forget: each trouble drawn at its rate and recorded."""
