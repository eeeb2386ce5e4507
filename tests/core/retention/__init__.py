"""Tests of how long data is kept."""
