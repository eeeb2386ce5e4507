"""A person's right to be shown what is kept of them, and to be erased."""
