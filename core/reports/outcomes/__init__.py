"""What a run did to each employee: the sums that a headline says, why, and how it differs from another run."""
