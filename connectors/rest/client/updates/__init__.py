"""Update the employees of a described system, and follow what it does later."""
