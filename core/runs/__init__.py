"""What a run is: request, lease, counters, job options, outcomes."""
