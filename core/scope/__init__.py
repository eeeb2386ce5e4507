"""The scope of a connection: the employees that are synced, and people on hold."""
