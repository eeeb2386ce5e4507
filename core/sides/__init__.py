"""One connected system: open it, authorise, refresh, probe, alert."""
