"""What the Mapping tab shows and changes: a draft field by field, and values without a match."""
