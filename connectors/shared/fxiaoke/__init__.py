"""Objects of 纷享销客: signing in, their fields, and how values look in them."""
