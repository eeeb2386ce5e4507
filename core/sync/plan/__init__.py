"""Read, filter, match and decide: what a run would write, checked by the guards."""
