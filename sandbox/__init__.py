"""Stand-ins for enableHR, iPayroll and Employment Hero Payroll: a separate program for the demo and the tests."""
