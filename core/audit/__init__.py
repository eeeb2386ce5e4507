"""Record who did what, and what was refused."""
