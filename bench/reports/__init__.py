"""How quick pages and exports are in a store of millions of records (`make bench-reports`)."""
