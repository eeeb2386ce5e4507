"""Commands about what travels: the mapping of a connection, the fields and the lists it chooses from."""
