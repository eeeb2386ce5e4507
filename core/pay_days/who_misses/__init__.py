"""Who will miss the next pay or be paid wrong, why, and who must act."""
