"""Tests: connectors.http."""
