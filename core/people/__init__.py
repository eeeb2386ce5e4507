"""Who the source lists: a few fields of everybody, kept encrypted, with what the last run said about each."""
