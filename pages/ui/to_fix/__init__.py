"""Parts of the To fix page."""
