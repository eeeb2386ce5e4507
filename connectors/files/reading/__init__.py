"""Read employees from files: which file, which form, which columns."""
