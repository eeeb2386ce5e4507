"""Addresses of other systems, as an administrator enters them."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

import requests
from pydantic import AfterValidator

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


def is_loopback(url: str) -> bool:
    """Say whether an address is on this machine itself."""
    return urlsplit(url).hostname in _LOOPBACK


def is_safe(url: str) -> bool:
    """Say whether credentials may travel there: over TLS, or without leaving this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))


def origin(url: str) -> str | None:
    """Return scheme, host and port of an address as it is called, the usual port left out; None where that is not plain.

    International names are written as they are looked up, so that two addresses with the same origin are the same server.
    """
    if "\\" in url or any(letter.isspace() or not letter.isprintable() for letter in url):
        return None
    called = requests.PreparedRequest()
    try:
        called.prepare_url(url, None)
        parts = urlsplit(str(called.url))
        port = parts.port
    except (requests.RequestException, ValueError):
        return None
    host = parts.netloc.lower() if port is None else parts.netloc.lower().rpartition(":")[0]
    host = host.removesuffix(":")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        return None
    return (
        f"{parts.scheme}://{host}"
        if port in (None, _PORTS[parts.scheme])
        else f"{parts.scheme}://{host}:{port}"
    )


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


# A base address without a slash at the end: https anywhere, http on this machine only.
WebAddress = Annotated[str, AfterValidator(_checked)]
