"""Sign in to a system: the OAuth flow, tokens for what a person entered, and the session for such requests."""
