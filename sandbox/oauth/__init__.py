"""Signing in, consent and tokens of both systems."""
