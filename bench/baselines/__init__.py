"""What iHUB is compared with: the floor, a script of an afternoon, and two pipelines of others."""
