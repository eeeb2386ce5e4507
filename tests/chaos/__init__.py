"""iHUB as processes that are killed at random."""
