"""A stand-in for iPayroll."""
