"""Tests: core.runs."""
