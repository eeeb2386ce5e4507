"""Speak with a system: connections, rate, retries, sign-in."""
