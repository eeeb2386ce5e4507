"""One spelling for each value, and what may be repeated of it."""
