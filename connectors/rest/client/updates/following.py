"""Follow a request that a system has accepted for later to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from connectors.contract.errors import PendingError, TemporaryError, UnansweredError
from connectors.http.client import Client
from connectors.http.response import Response
from connectors.rest import paths
from connectors.rest.description.endpoints import FollowedStatus
from connectors.rest.description.system import System
from connectors.values.normalise import text

# The seconds between two looks at a status; the last one is repeated.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
# A longer one is no address of a status.
LONGEST_ADDRESS = 1000
# What may stand in an address as it is; everything else is percent-encoded (RFC 3986).
_LEGAL = "/%:@!$&'()*+,;=~[]?"


def status_path(
    system: System,
    base_url: str,
    followed: FollowedStatus,
    response: Response,
    fill: Callable[[str], str | None] | None = None,
) -> str | None:
    """Return where a request that a system has put off can be followed; None for one that has ended.

    ``fill`` makes a path of the last part of the address, where the file has one for it.

    Raises UnansweredError when the system does not say where.
    """
    if response.status != HTTPStatus.ACCEPTED:
        return None
    written = text(paths.value_at(response.data, followed.at)) if followed.at else response.location
    path = own_path(base_url, written) if fill is None else fill(_last_part(written))
    if path is None or len(path) > LONGEST_ADDRESS:
        raise UnansweredError(
            f"{system.name} accepted the request for later and did not say where iHUB can follow it.",
            status=HTTPStatus.ACCEPTED,
        )
    return path


def _last_part(address: str | None) -> str:
    return unquote(urlsplit(address or "").path.rstrip("/").rpartition("/")[2])


async def follow_to_end(system: System, client: Client, followed: FollowedStatus, path: str) -> Response:
    """Return the response that says how a request has ended.

    One that has failed has the status 422; one whose status the system no longer has, 404. Raises PendingError when the
    system does not say it in time.
    """
    waited = 0.0
    for number in range(followed.seconds * 4):
        pause = PAUSES[min(number, len(PAUSES) - 1)]
        if waited + pause > followed.seconds:
            break
        await asyncio.sleep(pause)
        waited += pause
        if (ended := await _look(client, followed, path)) is not None:
            return ended
    raise PendingError(
        f"{system.name} accepted the request and has not finished it after {round(waited)} seconds."
    )


async def _look(client: Client, followed: FollowedStatus, path: str) -> Response | None:
    """Return the end of a request; None while it is under way, or while its status cannot be read."""
    try:
        shown = await client.get(path)
    except TemporaryError:
        return None
    if shown.status == HTTPStatus.NOT_FOUND:
        return Response(HTTPStatus.NOT_FOUND, shown.data, followed=True, sent_with=shown.sent_with)
    status = str(paths.value_at(shown.data, followed.status)).casefold() if shown.ok else ""
    if status in {str(word).casefold() for word in followed.done}:
        return Response(HTTPStatus.OK, shown.data, followed=True, sent_with=shown.sent_with)
    if status in {str(word).casefold() for word in followed.failed}:
        return Response(HTTPStatus.UNPROCESSABLE_ENTITY, shown.data, followed=True, sent_with=shown.sent_with)
    return None


def own_path(base_url: str, address: Any) -> str | None:
    """Return the path below a system's own address that an address leads to; None for one elsewhere."""
    if not isinstance(address, str) or not address.strip():
        return None
    base = urlsplit(base_url)
    try:
        parts = urlsplit(urljoin(base_url.rstrip("/") + "/", address.strip()))
    except ValueError:
        return None
    root = base.path.rstrip("/")
    if parts.netloc not in {"", base.netloc} or not parts.path.startswith(f"{root}/"):
        return None
    own = parts.path.removeprefix(root) + (f"?{parts.query}" if parts.query else "")
    return quote(own, safe=_LEGAL)
