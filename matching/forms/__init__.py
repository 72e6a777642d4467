"""How one value is read for comparison: names, companies, contacts, places, dates. Nothing here is ever written back."""
