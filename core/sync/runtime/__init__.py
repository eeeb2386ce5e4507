"""What a run works with: its context, heartbeat and store executor."""
