"""Parts of the Readiness tab of a connection."""
