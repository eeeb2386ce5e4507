"""Tests: core.queue."""
