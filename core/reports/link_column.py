"""How the link of a record's employees was made, as a column of a query on records."""

from __future__ import annotations

from sqlalchemy import select

from core.models import Connection, Link, Record, Run

_PAIRING_ID = (
    select(Connection.pairing_id)
    .join(Run, Run.connection_id == Connection.id)
    .where(Run.id == Record.run_id)
    .correlate(Record)
    .scalar_subquery()
)
LINK_MATCHED_BY = (
    select(Link.matched_by)
    .where(
        Link.pairing_id == _PAIRING_ID,
        Link.source_id == Record.source_id,
        Link.target_id == Record.target_id,
    )
    .correlate(Record)
    .scalar_subquery()
    .label("link_matched_by")
)
