"""Accounts, people, roles, requests for access."""
