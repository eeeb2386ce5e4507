"""Tests: core.reports."""
