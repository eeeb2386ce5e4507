"""Local and enableHR sign-in, sessions and cookies."""
