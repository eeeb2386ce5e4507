"""What the Connections page draws."""
