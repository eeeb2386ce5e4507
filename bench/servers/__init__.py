"""The systems of the bench: HR, enableHR and payroll, each in a process of its own."""
