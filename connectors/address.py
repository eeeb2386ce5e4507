"""Addresses of other systems, as an administrator enters them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_loopback(url: str) -> bool:
    """Say whether an address is on this machine itself."""
    return urlsplit(url).hostname in _LOOPBACK


def is_safe(url: str) -> bool:
    """Say whether credentials may travel there: over TLS, or without leaving this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))


def _checked(url: str) -> str:
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        unwanted = parts.query or parts.fragment or parts.username or parts.password or parts.port == 0
    except ValueError:
        raise ValueError("is not a web address") from None
    if unwanted or any(letter.isspace() for letter in url):
        raise ValueError("must be a plain web address without a sign-in, query or spaces")
    if not is_safe(url):
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    return url


WebAddress = Annotated[str, AfterValidator(_checked)]
"""A base address without a slash at the end: https anywhere, http on this machine only."""
