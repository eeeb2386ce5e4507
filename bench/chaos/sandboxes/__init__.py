"""The sandbox path: enableHR to iPayroll, by connectors of their own."""
