"""The commands about the people who are synced."""
