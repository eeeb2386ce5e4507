"""The session for sign-in requests: it calls only addresses that were checked, and reads a bounded time and size.

A name is resolved once, its addresses are checked, and the connection goes to the one that was checked. The time-out of
requests counts only the silence between bytes, so a deadline bounds the headers and the body of a response.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.contract.errors import TemporaryError
from connectors.http import addresses

Session = TypeVar("Session", bound=requests.Session)

# Together with a last silence of ten seconds still less than the lock on a refresh lasts (core.sides.token_refresh).
TOTAL_SECONDS = 19.0
MAX_BYTES = 100_000


def guard(session: Session, system: str) -> Session:
    """Return a session that calls only checked addresses; ``system`` is its name for messages.

    It follows no redirect by itself, and uses no proxy and no .netrc of the environment.
    """
    session.trust_env = False
    session.max_redirects = 0  # a secret is never forwarded to another address
    for scheme in ("https://", "http://"):
        session.mount(scheme, _CheckedAddress(system))
    session.hooks["response"].append(read_deadline_hook(system))
    return session


class _CheckedAddress(HTTPAdapter):
    """Connects to an address that was checked, and proves by TLS that it belongs to the host's name."""

    def __init__(self, system: str) -> None:
        super().__init__()
        self._system = system

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> Any:
        """Replace the host's name with its address. Raises ConfigError for one that iHUB does not call."""
        attributes: Any = super().build_connection_pool_key_attributes(request, verify, cert)
        host, pool = attributes
        name = host["host"]
        try:
            found = addresses.resolve(self._system, str(request.url), addresses.allowed())
        except OSError as error:
            raise requests.ConnectionError(f"{self._system} has no address.") from error
        if host["scheme"] == "https":
            pool |= {"server_hostname": name, "assert_hostname": name}
        return host | {"host": found[0]}, pool

    def add_headers(self, request: requests.PreparedRequest, **_: Any) -> None:
        """Name the host that the address belongs to."""
        request.headers["Host"] = urlsplit(str(request.url)).netloc.rpartition("@")[2]

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> Any:
        """Return connections on which the headers of a response have a deadline."""
        pool: Any = super().get_connection_with_tls_context(request, *args, **kwargs)
        pool.ConnectionCls = _TlsConnection if pool.scheme == "https" else _PlainConnection
        return pool


class _HeadersInTime(HTTPConnection):
    """A connection that ends when the headers of a response, or the interim responses before it, take too long."""

    def getresponse(self) -> Any:
        """Return the response as soon as its headers are read. Raises TimeoutError."""
        connection, is_late = self.sock, threading.Event()

        def end() -> None:
            is_late.set()
            with suppress(OSError):  # not the shutdown of TLS, which would wait for the system
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

        timer = threading.Timer(TOTAL_SECONDS, end)
        timer.daemon = True
        timer.start()
        try:
            response = super().getresponse()
        finally:
            timer.cancel()
        if is_late.is_set():  # what was cut off looks like complete headers
            raise TimeoutError("The headers took too long.")
        return response


class _PlainConnection(_HeadersInTime):
    pass


class _TlsConnection(_HeadersInTime, HTTPSConnection):
    pass


def read_deadline_hook(name: str) -> Callable[..., requests.Response]:
    """Return a response hook for requests; it raises TemporaryError when reading takes too long from now on."""
    deadline = time.monotonic() + TOTAL_SECONDS

    def read(response: requests.Response, **_: Any) -> requests.Response:
        body = bytearray()
        try:
            for chunk in response.iter_content(1):  # a larger chunk would be waited for until it is complete
                body += chunk
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    response.close()
                    raise TemporaryError(f"{name} took too long to respond to the sign-in. Try again later.")
        except ValueError as error:  # a chunk of a length that is none
            raise requests.exceptions.ChunkedEncodingError from error
        response._content = bytes(body)  # where requests keeps what it has read
        return response

    return read
