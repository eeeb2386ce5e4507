"""One connected system: open it, authorise its requests, refresh its tokens, probe it, raise alerts."""
