"""The lists of a connection's target from which values are chosen: read in the background, kept with their age.

What cannot be read now stays as it was last read. The entries are names of the target's own, such as pay schedules, and
nothing of a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.capabilities import ListsChoices
from connectors.contract.choices import ChoiceListSummary, ListedChoice
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Target
from connectors.registry import connector_of
from connectors.rest.description.field_change import FieldChange
from connectors.rest.description.target_field import Choice, ChoiceCase
from core.clock import now
from core.db import reading, transaction
from core.mapping.document import MappingDocument
from core.models import Position, ReadChoices, Side, SideState
from core.queue.task_queue import enqueue_choices
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sides import systems

log = structlog.get_logger()
# What has an entry's id and label.
Part = TypeVar("Part", Choice, ChoiceCase)

FRESH = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=1)
READ_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ChoicesView:
    """One list of the target. ``read_at`` is None until it was read once; ``problem`` says why it could not be now.

    ``fields`` and ``settings`` are the names of what takes a value from it. With ``by_name``, these take labels.
    """

    name: str
    label: str
    by_name: bool
    fields: tuple[str, ...]
    settings: tuple[str, ...]
    entries: tuple[ListedChoice, ...] = ()
    read_at: datetime | None = None
    problem: str | None = None


def list_choices(actor: Actor, connection_id: int) -> list[ChoicesView]:
    """Return the lists of a connection's target as last read; those older than an hour are read again meanwhile."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        side = _target_side(session, connection_id)
        rows = _rows(session, side)
    summaries = connector_of(side.kind).choice_lists
    if side.state is SideState.CONNECTED and any(_is_due(rows.get(each.name)) for each in summaries):
        enqueue_choices(side.id)
    return [_view(each, rows.get(each.name)) for each in summaries]


def refresh(actor: Actor, connection_id: int) -> list[ChoicesView]:
    """Read the lists now, and return them. Those that cannot be read stay as they were, with the problem."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        side = _target_side(session, connection_id)
    read_side(side.id)
    return list_choices(actor, connection_id)


def read_side(side_id: int) -> None:
    """Read all lists of a side's system and keep them; a problem is kept with what was read before."""
    with reading() as session:
        side = session.get(Side, side_id)
    if side is None or not (summaries := connector_of(side.kind).choice_lists):
        return
    names = [each.name for each in summaries]
    try:
        found = systems.run_async(_read_all(systems.open_target(side), names))
    except ConnectorError as error:
        found = dict.fromkeys(names, str(error))
    with transaction() as session:
        for name, result in found.items():
            _keep(session, side, name, result)
    failed = sum(isinstance(result, str) for result in found.values())
    log.info("choices.read", side=side_id, lists=len(found), failed=failed)


def known_ids(session: Session, connection_id: int) -> Mapping[str, frozenset[str]]:
    """Return the ids of each list that was read; a list that never was is absent, and nothing is known about it."""
    rows = _rows(session, _target_side(session, connection_id))
    return {
        name: frozenset(str(entry[0]) for entry in row.entries)
        for name, row in rows.items()
        if row.read_at is not None
    }


def with_labels(session: Session, connection_id: int, document: MappingDocument) -> MappingDocument:
    """Return a mapping in which each chosen entry has the label that the target's list gives it, where it has none."""
    rows = _rows(session, _target_side(session, connection_id))
    labels = {name: {entry.id: entry.label for entry in _entries(row)} for name, row in rows.items()}
    fields = [_with_label(change, labels) for change in document.fields]
    return document.model_copy(update={"fields": tuple(fields)}) if fields != [*document.fields] else document


def _with_label(change: FieldChange, labels: Mapping[str, Mapping[str, str]]) -> FieldChange:
    choice = change.choice
    if choice is None or choice.of not in labels:
        return change
    known = labels[choice.of]

    def named(part: Part) -> Part:
        label = known.get(str(part.id))
        return part if part.label or not label else part.model_copy(update={"label": label})

    cases = tuple([named(case) for case in choice.cases])
    labelled = named(choice)
    if cases != choice.cases:
        labelled = labelled.model_copy(update={"cases": cases})
    return change if labelled == choice else change.model_copy(update={"choice": labelled})


async def _read_all(target: Target, names: Sequence[str]) -> dict[str, Sequence[ListedChoice] | str]:
    """Return each list, or the sentence why it could not be read."""
    found: dict[str, Sequence[ListedChoice] | str] = {}
    if not isinstance(target, ListsChoices):
        return found
    async with target:
        for name in names:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    found[name] = await target.list_choices(name)
            except ConnectorError as error:
                found[name] = str(error)
            except TimeoutError:
                found[name] = f"The system did not respond within {READ_SECONDS} seconds. Try again later."
    return found


def _keep(session: Session, side: Side, name: str, result: Sequence[ListedChoice] | str) -> None:
    row = session.get(ReadChoices, (side.id, name))
    if row is None:
        row = ReadChoices(side_id=side.id, name=name, entries=[])
        session.add(row)
    if row.organisation_id != side.organisation_id:
        row.organisation_id, row.entries, row.read_at = side.organisation_id, [], None
    row.tried_at, row.problem = now(), result if isinstance(result, str) else None
    if not isinstance(result, str):
        row.entries, row.read_at = [[each.id, each.label] for each in result], row.tried_at


def _target_side(session: Session, connection_id: int) -> Side:
    query = select(Side).where(Side.connection_id == connection_id, Side.position == Position.TARGET)
    return session.scalars(query).one()


def _rows(session: Session, side: Side) -> dict[str, ReadChoices]:
    rows = session.scalars(select(ReadChoices).where(ReadChoices.side_id == side.id))
    return {row.name: row for row in rows if row.organisation_id == side.organisation_id}


def _is_due(row: ReadChoices | None) -> bool:
    if row is None:
        return True
    is_old = row.read_at is None or abs(now() - row.read_at) > FRESH
    return is_old and abs(now() - row.tried_at) > TRY_AGAIN


def _view(summary: ChoiceListSummary, row: ReadChoices | None) -> ChoicesView:
    view = (summary.name, summary.label, summary.by_name, summary.fields, summary.settings)
    if row is None:
        return ChoicesView(*view)
    return ChoicesView(*view, tuple(_entries(row)), row.read_at, row.problem)


def _entries(row: ReadChoices) -> Iterator[ListedChoice]:
    return (ListedChoice(str(entry[0]), str(entry[1])) for entry in row.entries)
