"""Redis: the server, the task queue, the shared request rate."""
