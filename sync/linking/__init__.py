"""Whom does each part of a record speak of, and to whom does it point?"""
