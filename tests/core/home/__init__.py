"""Tests of what the Home page shows."""
