"""Check the fields of a target one by one: where they are, how they are filled, and who owns them."""
