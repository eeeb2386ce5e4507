"""Pages: title, widgets, one call, result."""
