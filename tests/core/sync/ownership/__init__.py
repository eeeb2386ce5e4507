"""Tests of whose value counts."""
