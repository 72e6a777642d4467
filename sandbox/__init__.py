"""Local servers that keep a vendor's rules, to try a configuration without an account."""
