"""Read a list of employees to its end: where the next page is, and whether the list is the whole."""
