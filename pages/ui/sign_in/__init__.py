"""Sign in, choose a password, and what people without access see."""
