"""What the Home page shows: whether all is well, in one account or in all of them."""
