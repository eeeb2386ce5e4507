"""Tests: core.sync.runtime."""
