"""Tests: connectors.files."""
