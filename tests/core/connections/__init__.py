"""Tests: core.connections."""
