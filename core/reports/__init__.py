"""What pages, exports and the audit page read."""
