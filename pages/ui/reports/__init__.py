"""What the Reports page draws."""
