"""Actors and their permissions, secrets and sealed messages, limits on attempts."""
