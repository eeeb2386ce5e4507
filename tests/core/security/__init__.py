"""Tests: core.security."""
