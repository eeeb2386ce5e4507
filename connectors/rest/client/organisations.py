"""The organisations that credentials open, where the system's check lists them and a setting names one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.contract.connector import SideSettings
from connectors.contract.protocols import Authoriser, Organisation
from connectors.rest import paths
from connectors.rest.client import responses
from connectors.rest.client.connection import new_client
from connectors.rest.client.responses import Json
from connectors.rest.description.document import Description
from connectors.rest.description.settings_form import fill_braces, fill_json, fill_query
from connectors.rest.description.system import System
from connectors.values.normalise import text

_SETTING = re.compile(r"\{(\w+)\}")


def organisation_setting(description: Description) -> str | None:
    """Return the setting that names an organisation; None when the check cannot list them without it."""
    check = description.check
    match = _SETTING.fullmatch(check.where.get(check.id, ""))
    if match is None or len(check.where) != 1:
        return None
    name = match[1]
    return None if name not in description.settings or f"{{{name}}}" in check.path else name


async def list_organisations(
    system: System, settings: SideSettings, authoriser: Authoriser
) -> Sequence[Organisation]:
    """Return all organisations that the credentials open. Raises ConnectorError."""
    check = system.description.check
    async with new_client(system, settings, authoriser) as client:
        path, query = fill_braces(check.path, settings), fill_query(check.query, settings)
        if check.method == "GET":
            response = await client.get(path, query)
        else:
            content = fill_json(check.content or {}, settings)
            response = await client.send("POST", path, content, query, repeatable=True)
    responses.raise_if_unusable(system, response, "say whose data this is")
    entries = responses.json_objects(paths.value_at(response.data, check.records))
    organisations = [read_organisation(system, entry) for entry in entries]
    return [organisation for organisation in organisations if organisation.id is not None]


def read_organisation(system: System, entry: Json) -> Organisation:
    """Return the organisation of an entry of the check."""
    check = system.description.check
    organisation_id = text(paths.value_at(entry, check.id))
    name = text(paths.value_at(entry, check.name)) if check.name else None
    default = f"{system.name} {organisation_id}" if organisation_id else system.name
    return Organisation(organisation_id, name or default)
