"""Translate employees from and to the fields of a described system."""
