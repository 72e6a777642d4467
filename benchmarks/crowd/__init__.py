"""Made-up customers, written for measuring who is who."""
