"""Parts of the Connections page."""
