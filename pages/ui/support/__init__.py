"""Parts of the Support page."""
