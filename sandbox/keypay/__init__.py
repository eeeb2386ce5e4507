"""A stand-in for Employment Hero Payroll (formerly KeyPay)."""
