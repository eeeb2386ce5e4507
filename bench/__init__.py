"""How fast iHUB is, measured on this machine."""
