"""Tests: core.problems."""
