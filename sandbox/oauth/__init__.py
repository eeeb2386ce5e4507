"""Sign-in, consent and tokens of enableHR and iPayroll."""
