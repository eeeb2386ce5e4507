"""Commands about when runs start."""
