"""Add, connect, look at and delete connections."""
