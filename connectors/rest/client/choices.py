"""Read the lists that a described target has for the values of its fields, as its employees are read."""

from __future__ import annotations

from dataclasses import replace

from connectors.contract.choices import ChoiceListSummary, ListedChoice
from connectors.contract.connector import SideSettings
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.http.client import Client
from connectors.rest import paths
from connectors.rest.client.paging import Pages
from connectors.rest.description.choice_list import ChoiceList, SourceBranches
from connectors.rest.description.document import Description
from connectors.rest.description.system import System
from connectors.values.normalise import text

MOST_CHOICES = 5000


def summarise_choices(description: Description) -> tuple[ChoiceListSummary, ...]:
    """Return the lists of a target; none where it has none, or is no target."""
    target = description.target
    if target is None:
        return ()
    return tuple(
        ChoiceListSummary(
            name,
            choices.label,
            choices.by == "name",
            tuple(field.name for field in target.fields if field.choices == name),
            tuple(field.setting for field in target.fields if field.choices == name and field.setting),
        )
        for name, choices in target.choices.items()
    )


def as_listed(system: System, part: ChoiceList | SourceBranches, listed: str) -> System:
    """Return a system as if another of its lists, which people call ``listed``, were that of its employees."""
    employees = system.description.employees.model_copy(update={"list": part.list, "id": part.id})
    description = system.description.model_copy(update={"employees": employees})
    return replace(system, description=description, listed=listed)


async def read_choices(
    system: System, settings: SideSettings, client: Client, name: str
) -> list[ListedChoice]:
    """Return the entries of a list, sorted by what people call them. Raises ConnectorError."""
    choices = system.target.choices.get(name)
    if choices is None:
        raise ConfigError(f"The file that describes {system.name} has no list `{name}`.")
    listed = choices.label[:1].lower() + choices.label[1:]
    get_name = paths.compile_path(choices.name)
    found: dict[str, str] = {}
    async for page in Pages(as_listed(system, choices, listed), settings, client):
        for entry in page:
            label = text(get_name(entry.entry)) or entry.id
            found[label if choices.by == "name" else entry.id] = label
        if len(found) > MOST_CHOICES:
            raise TemporaryError(
                f"{system.name} has more than {MOST_CHOICES:,} {listed}, more than iHUB reads."
            )
    return sorted(
        (ListedChoice(key, label) for key, label in found.items()), key=lambda each: each.label.casefold()
    )
