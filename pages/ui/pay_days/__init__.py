"""Parts of the Pay days tab of a connection."""
