"""Tests: core.sides."""
