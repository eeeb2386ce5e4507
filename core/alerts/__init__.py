"""Tell people: what has changed of a connection, who wants to know, and whether it has arrived."""
