"""Stand-ins for enableHR and iPayroll: a program for the demo and the tests, alone by itself."""
