"""Find which employee of the target an employee of the source is."""
