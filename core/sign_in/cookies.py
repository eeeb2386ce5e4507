"""The names of iHUB's two cookies; with https, names that browsers accept only from this host."""

from __future__ import annotations

from core.settings import settings


def secure() -> bool:
    """Say whether browsers reach iHUB by https, so that its cookies must be sent only by https."""
    return settings().url.startswith("https://")


def session_cookie() -> str:
    """Return the name of the cookie that identifies the session."""
    return _cookie_name("ihub_session")


def browser_cookie() -> str:
    """Return the name of the cookie that identifies the browser."""
    return _cookie_name("ihub_browser")


def _cookie_name(name: str) -> str:
    return f"__Host-{name}" if secure() else name
