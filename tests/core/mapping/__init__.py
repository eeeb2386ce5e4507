"""Tests: core.mapping."""
