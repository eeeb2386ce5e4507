"""The part that plays iPayroll."""
