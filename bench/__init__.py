"""Measure how fast iHUB is on this machine."""
