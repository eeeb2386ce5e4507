"""Files with employees: say what their columns are, and upload one by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from connectors import registry
from connectors.contract.capabilities import ReadsFiles
from connectors.contract.errors import ConnectorError
from core.audit import trail
from core.connections import connect
from core.connections.views import SideView
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import Position
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sides import systems

SETTING = "columns"
MOST_BYTES = 64_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of a file, each with the place of an employee that it is ("" for none), and all places by label."""

    chosen: Mapping[str, str]
    choices: Mapping[str, str]
    # Somebody has chosen them; otherwise they are what iHUB proposes.
    is_saved: bool


def reads_files(kind: str) -> bool:
    """Say whether a system as a source is files whose columns have to be named."""
    try:
        return SETTING in registry.connector_of(kind).settings.model_fields
    except ConnectorError:
        return False


def list_columns(actor: Actor, connection_id: int) -> Columns:
    """Return what the columns of the newest file are, or seem to be. Raises InvalidError, ConflictError."""
    kind, settings = _source(actor, connection_id)
    chosen = _ask(actor, connection_id, lambda source: source.propose_columns())
    choices = {field.path: field.label for field in registry.source_fields(kind) if not field.is_list}
    return Columns(chosen, choices, bool(str(settings.get(SETTING, "")).strip()))


def choose_columns(actor: Actor, connection_id: int, columns: Mapping[str, str]) -> SideView:
    """Save what the columns are, by heading; those with "" are not read. The newest file is checked first.

    Raises InvalidError when nobody could be recognised, or a field has two columns.
    """
    _, settings = _source(actor, connection_id)
    lines = [f"{heading} = {place}" for heading, place in columns.items() if place]
    if not lines:
        raise InvalidError("Choose what at least the columns with the number and the surname are.")
    changed = {**settings, SETTING: "\n".join(lines)}
    return connect.change_settings(actor, connection_id, Position.SOURCE, changed)


def upload_file(actor: Actor, connection_id: int, name: str, content: bytes) -> str:
    """Put a file of the person's own among those that the source reads; return its name there.

    It is checked first: raises InvalidError when it cannot be read.
    """
    require_size(name, content)
    kept = _ask(actor, connection_id, lambda source: source.take_file(name, content))
    with transaction() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        side = connect.side_at(connection, Position.SOURCE)
        trail.record(
            session, actor, "side.upload", f"side:{side.id}", connection=connection_id, bytes=len(content)
        )
    return kept


def require_size(name: str, content: Sequence[int]) -> None:
    """Raise InvalidError for a file that is larger than iHUB reads."""
    if len(content) > MOST_BYTES:
        raise InvalidError(
            f"{name} is larger than {MOST_BYTES // 1_000_000} MB. Split it, or send changes only."
        )


def _source(actor: Actor, connection_id: int) -> tuple[str, Mapping[str, object]]:
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        side = connect.side_at(connection, Position.SOURCE)
        return side.kind, dict(side.settings)


def _ask(actor: Actor, connection_id: int, ask: Callable[[ReadsFiles], Awaitable[T]]) -> T:
    """Do something with the files of a connected source. Raises InvalidError, ConflictError."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        side = connect.side_at(connection, Position.SOURCE)

    async def work() -> T:
        async with systems.open_source(side) as source:
            if not isinstance(source, ReadsFiles):
                raise InvalidError("This source is not files.")
            return await ask(source)

    try:
        return systems.run_async(work())
    except ConnectorError as error:
        raise connect.refusal(error) from error
