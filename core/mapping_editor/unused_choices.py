"""The entries of the target's lists that no employee gets, such as a pay schedule that no value is mapped to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connectors.contract.employee import fold_word
from connectors.rest.description.field_change import change_system
from connectors.rest.description.system import compile_map
from connectors.rest.description.target_field import Origin, TargetField, list_origins
from core.db import reading
from core.mapping import checking, choices, stored
from core.mapping.choices import ChoicesView
from core.models import Position, Side
from core.people.entries import Person
from core.people.readiness import all_verdicts
from core.people.verdicts import State
from core.security.actor import Actor

# What is kept of everybody, by the place that a field names.
KEPT: Mapping[str, Callable[[Person], str | None]] = {
    "status": lambda person: person.status,
    "branch_id": lambda person: person.branch_id,
    "branch": lambda person: person.branch,
    "employment_type": lambda person: person.employment_type,
    "address.state": lambda person: person.region,
}


@dataclass(frozen=True, slots=True)
class UnusedChoices:
    """A list of the target by its label, and the labels of the entries that no employee gets."""

    label: str
    entries: Sequence[str]


class _CannotTellError(Exception):
    """A field takes values that are not kept, so that nobody can tell which entries are used."""


def list_unused(actor: Actor, connection_id: int) -> Sequence[UnusedChoices]:
    """Return the lists with entries that no employee in the job gets, as they were last read.

    Lists of which nothing is used, or whose fields take values that iHUB does not keep, are left out. Raises
    NotFoundError, ForbiddenError, ConfigError.
    """
    views = [view for view in choices.list_choices(actor, connection_id) if view.read_at and view.entries]
    if not views:
        return []
    verdicts = all_verdicts(actor, connection_id)
    people = [verdict.person for verdict in verdicts if verdict.state is not State.LEFT_OUT]
    with reading() as session:
        document = stored.current(session, connection_id).document
        system = checking.target_system(checking.target_kind(session, connection_id))
        target = (Side.connection_id == connection_id, Side.position == Position.TARGET)
        settings = session.scalars(select(Side.settings).where(*target)).one()
    if system is None or not people:
        return []
    known = [change for change in document.fields if change.name in system.fields_by_name]
    fields = change_system(system, known).target.fields
    found = [_unused(view, fields, settings, people) for view in views]
    return [each for each in found if each.entries]


def _unused(
    view: ChoicesView, fields: Sequence[TargetField], settings: Mapping[str, Any], people: Sequence[Person]
) -> UnusedChoices:
    try:
        sent = {fold_word(str(settings[name])) for name in view.settings if settings.get(name) is not None}
        for field in fields:
            if field.send and (field.choices == view.name or (field.choice and field.choice.of == view.name)):
                sent |= {fold_word(str(value)) for value in _sent(field, settings, people)}
    except _CannotTellError:
        return UnusedChoices(view.label, ())
    if not sent:
        return UnusedChoices(view.label, ())
    unused = [entry for entry in view.entries if not {fold_word(entry.id), fold_word(entry.label)} & sent]
    return UnusedChoices(view.label, [entry.label for entry in unused])


def _sent(field: TargetField, settings: Mapping[str, Any], people: Sequence[Person]) -> Iterator[Any]:
    """Yield what is sent in a field. Raises _CannotTellError."""
    if field.choice is not None:
        chosen = (field.choice.id, field.choice.otherwise, *(case.id for case in field.choice.cases))
        yield from (value for value in chosen if value is not None)
    if field.setting is not None and settings.get(field.setting) is not None:
        yield settings[field.setting]
    if field.default is not None:
        yield field.default
    if field.from_setting is not None or (field.steps is not None and field.map is None):
        raise _CannotTellError
    for _, way in field.ways_by_place:
        if way.template is not None and field.map is None:
            raise _CannotTellError
        if way.value is not None:
            yield way.value
        for origin in list_origins(way.origin):
            yield from _from_origin(field, origin, people)


def _from_origin(field: TargetField, origin: str | Origin, people: Sequence[Person]) -> Iterator[Any]:
    path = origin.at if isinstance(origin, Origin) else origin
    table = field.map if field.map is not None else origin.map if isinstance(origin, Origin) else None
    get = KEPT.get(path)
    if get is None or field.steps is not None:
        if table is None or field.unmapped == "keep":
            raise _CannotTellError
        yield from table.values()
        return
    look_up = compile_map(table) if table is not None else None
    for value in {value for person in people if (value := get(person)) is not None}:
        mapped = value if look_up is None else look_up(value)
        if mapped is not None or field.unmapped == "keep":
            yield value if mapped is None else mapped
