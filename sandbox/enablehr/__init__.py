"""The part that plays enableHR."""
