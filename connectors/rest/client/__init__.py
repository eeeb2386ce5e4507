"""Talk to a described system: sessions, paging, lookups, writes."""
