"""The pages: title, widgets, one call, draw."""
