"""How much a system takes is learned from what it answers."""
