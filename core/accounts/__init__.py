"""Accounts, users, roles and requests for access."""
