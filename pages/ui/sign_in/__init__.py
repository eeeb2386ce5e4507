"""Sign-in, the choice of a password, and the page for people without access."""
