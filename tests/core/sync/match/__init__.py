"""Tests: core.sync.match."""
