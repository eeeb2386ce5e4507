"""The invented employees of a company that does not exist."""
