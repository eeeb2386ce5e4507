"""Conditions on an employee's values: they say which employees are synced, and when a field is filled."""
