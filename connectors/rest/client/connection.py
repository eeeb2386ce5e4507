"""Make the HTTP client of a described system, with the rate and the limits of its file and its settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.protocols import Authoriser
from connectors.http.client import Client
from connectors.http.json_body import Limits
from connectors.http.pacing import Pacer, local_pacer
from connectors.http.retry import Retry
from connectors.http.transport import OwnHeaders
from connectors.rest.description.settings_form import fill_headers
from connectors.rest.description.system import System
from connectors.values.shown_path import words_in


def new_client(
    system: System,
    settings: SideSettings,
    authoriser: Authoriser,
    pacer: Pacer | None = None,
    retry: Retry | None = None,
) -> Client:
    """Return a client for one side; without a pacer it paces its own requests."""
    side: Any = settings
    limits = system.description.response_limits
    return Client(
        system.name,
        side.url,
        authoriser,
        pacer or local_pacer(side.requests_per_second),
        concurrency=side.concurrency,
        retry=retry,
        limits=Limits(round(limits.megabytes * 1_000_000), limits.values, limits.depth),
        own_headers=OwnHeaders(
            fill_headers(system.description.headers, settings),
            system.description.errors.header,
            system.description.limits.minute_header,
        ),
        path_words=lambda: words_in(_paths(system.description.model_dump())),
    )


def _paths(described: Any) -> Iterator[str]:
    """Yield the paths in what a file says."""
    if isinstance(described, dict):
        for part in described.values():
            yield from _paths(part)
    elif isinstance(described, list | tuple):
        for part in described:
            yield from _paths(part)
    elif isinstance(described, str) and described.startswith("/"):
        yield described
