"""Check the addresses of other systems that an administrator enters."""

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
    """Return whether an address is on this machine itself."""
    return urlsplit(url).hostname in _LOOPBACK


def is_safe(url: str) -> bool:
    """Return whether credentials may be sent to an address: over TLS, or without leaving this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))


def origin(url: str) -> str | None:
    """Return scheme, host and port of an address, without the default port; None where they are not plain to see.

    International names are written as they are looked up, so two addresses with the same origin are the same server.
    """
    if "\\" in url or any(letter.isspace() or not letter.isprintable() for letter in url):
        return None
    request = requests.PreparedRequest()
    try:
        request.prepare_url(url, None)
        parts = urlsplit(str(request.url))
        port = parts.port
    except (requests.RequestException, ValueError):
        return None
    host = parts.netloc.lower() if port is None else parts.netloc.lower().rpartition(":")[0]
    host = host.removesuffix(":")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        return None
    base = f"{parts.scheme}://{host}"
    return base if port in (None, _PORTS[parts.scheme]) else f"{base}:{port}"


def _checked(url: str) -> str:
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        not_plain = parts.query or parts.fragment or parts.username or parts.password or parts.port == 0
    except ValueError:
        raise ValueError("is not a web address") from None
    if not_plain or any(letter.isspace() for letter in url):
        raise ValueError("must be a plain web address without a sign-in, query or spaces")
    if not is_safe(url):
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    return url


# A base address without a slash at the end: https anywhere, http only on this machine.
WebAddress = Annotated[str, AfterValidator(_checked)]
