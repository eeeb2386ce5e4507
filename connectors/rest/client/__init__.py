"""Speak with a described system: sessions, paging, lookups, writes."""
