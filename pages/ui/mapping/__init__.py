"""Parts of the Mapping tab of a connection."""
