"""Tests: core.jobs."""
