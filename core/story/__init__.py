"""One employee's story: what runs did with them, how they are linked, what stops them, and who must act."""
