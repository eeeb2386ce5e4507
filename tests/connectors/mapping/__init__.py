"""Tests: connectors.mapping."""
