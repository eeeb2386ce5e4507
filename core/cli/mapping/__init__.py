"""Commands about what travels: the mapping of a connection."""
