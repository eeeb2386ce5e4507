"""Tests of a person's right to be shown and erased."""
