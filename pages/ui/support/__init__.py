"""What the Support page draws."""
