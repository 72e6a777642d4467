"""What the words mean: kinds and fields, semantic types, mapping files, conversion both ways, heading suggestions."""
