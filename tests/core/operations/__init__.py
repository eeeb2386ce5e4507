"""Tests: core.operations."""
