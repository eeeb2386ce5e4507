"""Pay days: when people are paid, what has to be right before the cut-off, and by when super has to be at the fund."""
