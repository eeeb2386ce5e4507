"""Tests: core.accounts."""
