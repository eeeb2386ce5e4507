"""Read when the systems of connections take no work: a setting of each side, in the account's time zone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from connectors.values import closed_hours
from connectors.values.closed_hours import ClosedHours
from core.clock import now
from core.db import reading
from core.jobs.calendar.opening_hours import ALWAYS, OpeningHours
from core.models import Account, Connection, Run, Side
from core.runs.closing import Closing
from core.time_zones import zone_or_default

SETTING = "closed_hours"


def opening_hours(session: Session, connection_id: int) -> OpeningHours:
    """Return when the systems of a connection take work."""
    return opening_hours_of(session, [connection_id]).get(connection_id, ALWAYS)


def closing_of_run(run_id: int) -> Closing | None:
    """Return the next closed hours of a run's systems; None where they have none, or there is no such run."""
    with reading() as session:
        connection_id = session.scalar(select(Run.connection_id).where(Run.id == run_id))
        return None if connection_id is None else opening_hours(session, connection_id).next_closing(now())


def opening_hours_of(
    session: Session, connection_ids: Collection[int] | None = None
) -> dict[int, OpeningHours]:
    """Return when the systems take work, by connection; of all connections, or of some. Always open: not listed."""
    query = select(Side.connection_id, Side.kind, Side.settings, Account.time_zone)
    query = query.join(Connection, Connection.id == Side.connection_id).join(
        Account, Account.id == Connection.account_id
    )
    if connection_ids is not None:
        query = query.where(Side.connection_id.in_(connection_ids))
    return opening_hours_from(tuple(row) for row in session.execute(query.order_by(Side.id)))


def opening_hours_from(sides: Iterable[tuple[int, str, dict[str, Any], str]]) -> dict[int, OpeningHours]:
    """Return when the systems take work, by connection. A side is (connection, kind, settings, time zone)."""
    found: dict[int, OpeningHours] = {}
    for connection_id, kind, settings, zone in sides:
        text = _text(kind, settings)
        hours = _parsed(text)
        if hours is not None:
            name = connector_of(kind).name
            found[connection_id] = _joined(
                found.get(connection_id), zone_or_default(zone), hours, f"{name} {text}"
            )
    return found


def _text(kind: str, settings: dict[str, object]) -> str:
    """Return the closed hours of a side: what was entered, or what its connector says."""
    if SETTING in settings:
        return str(settings[SETTING] or "")
    try:
        field = connector_of(kind).settings.model_fields.get(SETTING)
    except ConfigError:  # the connector is gone; a run says so
        return ""
    return str(field.default) if field is not None else ""


def _parsed(text: str) -> ClosedHours | None:
    try:
        return closed_hours.parse(text)
    except ValueError:  # only an earlier version could have stored it; a run says so
        return None


def _joined(before: OpeningHours | None, zone: ZoneInfo, hours: ClosedHours, system: str) -> OpeningHours:
    if before is None or before.closed is None:
        return OpeningHours(zone, hours, system)
    joined = before.closed.joined(hours)
    # Two systems that are never open together cannot be respected.
    return OpeningHours(zone, joined if not all(joined.minutes) else None, f"{before.systems} and {system}")
