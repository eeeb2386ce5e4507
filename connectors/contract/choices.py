"""The lists that a target has for the values of its fields, such as its pay schedules or cost centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ListedChoice(NamedTuple):
    """One entry of a list: what a field takes, and what people call it."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class ChoiceListSummary:
    """One list of a target.

    ``by_name`` says that fields take the names of its entries, so that an entry with another name is another one.
    ``fields`` are the names of the fields, and ``settings`` those of the settings, that take a value from it.
    """

    name: str
    label: str
    by_name: bool = False
    fields: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
