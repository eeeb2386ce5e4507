"""The organisations that credentials open at a described system, where its check lists them and a setting names one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.protocols import Authoriser, Organisation
from connectors.http.client import Client
from connectors.http.pacing import LocalPacer
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.responses import Json
from connectors.rest.description.document import Description
from connectors.rest.description.settings_form import fill_braces
from connectors.rest.description.system import System
from connectors.values.normalise import text

_SETTING = re.compile(r"\{(\w+)\}")


def organisation_setting(description: Description) -> str | None:
    """Return the setting that names one of several organisations; None where the check cannot list them without it."""
    check = description.check
    named = _SETTING.fullmatch(check.where.get(check.id, ""))
    if named is None or len(check.where) != 1 or named[1] not in description.settings or named[0] in check.path:
        return None
    return named[1]


async def list_organisations(
    system: System, settings: SideSettings, authoriser: Authoriser
) -> Sequence[Organisation]:
    """Return all organisations that the credentials open. Raises ConnectorError."""
    known: Any = settings
    check = system.description.check
    async with Client(system.name, known.url, authoriser, LocalPacer(known.requests_per_second)) as client:
        answer = await client.get(fill_braces(check.path, settings), check.query)
    responses.raise_if_failed(system, answer, "say whose data this is")
    entries = responses.json_objects(paths.value_at(answer.data, check.records))
    return [found for entry in entries if (found := read_organisation(system, entry)).id is not None]


def read_organisation(system: System, entry: Json) -> Organisation:
    """Return the organisation that an entry of the check speaks of."""
    check = system.description.check
    found = text(paths.value_at(entry, check.id))
    called = text(paths.value_at(entry, check.name)) if check.name else None
    return Organisation(found, called or (f"{system.name} {found}" if found else system.name))
