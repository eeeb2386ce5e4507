"""What is wrong in a description, with its line and what to write."""
