"""Commands for which fields travel and how they are filled."""
