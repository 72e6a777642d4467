"""Finding a customer by what somebody remembers of it: `offbook find`."""
