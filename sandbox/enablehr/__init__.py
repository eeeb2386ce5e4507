"""A stand-in for enableHR."""
