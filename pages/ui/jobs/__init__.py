"""What the Jobs page draws."""
