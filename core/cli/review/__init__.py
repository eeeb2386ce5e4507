"""Commands that decide on what waits for a person."""
