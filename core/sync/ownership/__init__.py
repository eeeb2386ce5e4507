"""Whose value of a field counts, after the HR system or the target has changed it."""
