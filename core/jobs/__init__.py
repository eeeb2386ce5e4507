"""Jobs and schedules: start, cancel, limits, when due, the tasks."""
