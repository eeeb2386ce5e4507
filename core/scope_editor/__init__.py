"""Look at the scope of a connection, see the effect of another one, and save it as a new version."""
