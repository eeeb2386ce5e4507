"""Shape a value on its way into a field, by a closed list of steps."""
