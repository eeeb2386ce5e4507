"""Many people who click at the same time on one web process: `make bench-web`."""
