"""The scope of a connection: the employees that are synced, people on hold, and the effect of another scope."""
