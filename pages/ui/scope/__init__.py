"""Parts of the Scope tab of a connection."""
