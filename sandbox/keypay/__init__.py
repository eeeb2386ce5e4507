"""A stand-in of Employment Hero Payroll (formerly KeyPay)."""
