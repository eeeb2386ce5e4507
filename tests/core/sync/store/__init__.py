"""Tests: core.sync.store."""
