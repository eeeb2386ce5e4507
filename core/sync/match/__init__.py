"""Who an employee of the source is at the target."""
