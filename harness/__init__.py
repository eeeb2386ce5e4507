"""Fixtures and stand-ins the tests share."""
