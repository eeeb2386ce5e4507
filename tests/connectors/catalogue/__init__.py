"""Tests: connectors.catalogue."""
