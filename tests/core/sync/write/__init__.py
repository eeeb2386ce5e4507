"""Tests: core.sync.write."""
