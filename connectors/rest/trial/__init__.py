"""Try a file before it is used: against the system itself, against its interface description, or draft it from that."""
