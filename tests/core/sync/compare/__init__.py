"""Tests: core.sync.compare."""
