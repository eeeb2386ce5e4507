"""Tests: core.sync.plan."""
