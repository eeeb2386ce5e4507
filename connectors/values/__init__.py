"""One spelling for each value, masks for those that identify a person, and safe web addresses."""
