"""Kill iHUB's processes at random moments and prove that nobody is lost and nobody is written twice."""
