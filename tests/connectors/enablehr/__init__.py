"""Tests: connectors.enablehr."""
