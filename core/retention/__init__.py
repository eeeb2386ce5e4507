"""How long counters, employees of runs and requests are kept, and their removal once that is over."""
