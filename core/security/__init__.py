"""Who acts and what they may do, secrets and sealed messages, how often somebody may try."""
