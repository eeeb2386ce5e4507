"""Employees in iHUB's words and in a described system's."""
