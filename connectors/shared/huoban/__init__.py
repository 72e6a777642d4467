"""Tables of 伙伴云: what their columns are, and how values look in them."""
