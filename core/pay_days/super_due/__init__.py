"""By when super has to be at the fund, and who lacks something for it."""
