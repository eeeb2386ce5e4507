"""Runs as they are measured from outside."""
