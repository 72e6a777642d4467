"""Offbook: the installed name. The code stands in connectors, mappings, matching, sync and cli."""

__version__ = "0.1.0"
