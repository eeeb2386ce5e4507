"""A stand-in for Xero Payroll AU."""
