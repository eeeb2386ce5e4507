"""Tests: core.audit."""
