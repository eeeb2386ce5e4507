"""Whether two employees are the same in what travels, and what has changed."""
