"""Parts of the Access page."""
