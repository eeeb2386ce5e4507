"""Tests: connectors.values."""
