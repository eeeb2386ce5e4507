"""Tests: core.scope."""
