"""The pure heart: RULES as functions on frozen data, one file a group of rules. No I/O, no clock, no SQL."""
