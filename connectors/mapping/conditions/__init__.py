"""Conditions on an employee's values: who is synced, and when a field is filled."""
