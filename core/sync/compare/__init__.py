"""Compare what is to be sent about an employee with what the target holds, and show what has changed."""
