"""Stand-ins for enableHR, iPayroll and Employment Hero Payroll: a program for the demo and the tests, alone by itself."""
