"""Tests: core.review."""
