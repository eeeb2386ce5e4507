"""Connect to the address of REDIS_URL: one server, or the primary that Redis Sentinel names.

    redis://:password@host:6379/0      unix:///path/to/socket?db=0
    sentinel://:password@host1:26379,host2:26379,host3:26379/NAME/0

A client of the second kind asks the sentinels for the primary whenever it opens a connection, so that it finds the new
one after a failover. Name and password are those of the Redis servers; ``?sentinel_password=`` gives the sentinels'.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from redis import Redis
from redis.sentinel import Sentinel

from core.errors import StartError

SENTINEL = "sentinel://"
SENTINEL_PORT = 26379
NOT_AN_ADDRESS = (
    "REDIS_URL is not an address. Write it as redis://host:port/0, as unix:///path/to/socket or, with Redis Sentinel, "
    "as sentinel://host:port,host:port/name/0."
)


def client(url: str, **options: Any) -> Redis:
    """Return a client; ``options`` are those of Redis. Raises StartError when the address makes no sense."""
    try:
        return _of_sentinels(url, options) if url.startswith(SENTINEL) else Redis.from_url(url, **options)
    except ValueError as error:
        raise StartError(NOT_AN_ADDRESS) from error


def _of_sentinels(url: str, options: dict[str, Any]) -> Redis:
    parts = urlsplit(url)
    signed, _, hosts = parts.netloc.rpartition("@")
    name, _, database = parts.path.strip("/").partition("/")
    if not name or not hosts:
        raise ValueError("the name of the primary is missing")
    username, _, password = signed.partition(":")
    own = {"username": unquote(username) or None, "password": unquote(password) or None}
    patience = {key: options[key] for key in ("socket_timeout", "socket_connect_timeout") if key in options}
    sentinel_password = parse_qs(parts.query).get("sentinel_password", [None])[0]
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        [_host_and_port(each) for each in hosts.split(",")],
        sentinel_kwargs=patience | {"password": sentinel_password},
    )
    primary = sentinels.master_for(name, db=int(database or 0), **own, **options)  # type: ignore[no-untyped-call]
    return cast("Redis", primary)


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text.strip()}")
    if not parts.hostname:
        raise ValueError("a host is missing")
    return parts.hostname, parts.port or SENTINEL_PORT
