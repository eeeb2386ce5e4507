"""How much a system takes: how many requests at the same time, until when it wants none, and what it is full of."""
