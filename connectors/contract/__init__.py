"""What every connector promises the engine."""
