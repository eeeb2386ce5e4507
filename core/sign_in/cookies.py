"""The names of iHUB's two cookies; where it is served by https, names that browsers take from this very host only."""

from __future__ import annotations

from core.settings import settings


def secure() -> bool:
    """Say whether browsers reach iHUB by https, so that cookies must not travel without it."""
    return settings().url.startswith("https://")


def session_cookie() -> str:
    """Return the name of the cookie that says who is signed in."""
    return _named("ihub_session")


def browser_cookie() -> str:
    """Return the name of the cookie that says which browser this is."""
    return _named("ihub_browser")


def _named(name: str) -> str:
    return f"__Host-{name}" if secure() else name
