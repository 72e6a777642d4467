"""The five files: what each source says of the customers, and how it is written down."""
