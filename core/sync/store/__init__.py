"""What a run keeps in the store: records, links, plans, payloads."""
