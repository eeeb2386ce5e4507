"""Systems that are described by a file each, and the few hooks of those files."""
