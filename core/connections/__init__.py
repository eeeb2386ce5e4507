"""Add, connect, view and delete connections."""
