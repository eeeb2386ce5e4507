"""Kill iHUB's processes at random moments, and check that no employee is lost or written twice."""
