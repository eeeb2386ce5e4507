"""How the link of a record's employees was made, as a column of a query on records."""

from __future__ import annotations

from sqlalchemy import func, select

from core.models import Connection, Link, Record, Run

_PAIRING_ID = (
    select(Connection.pairing_id)
    .join(Run, Run.connection_id == Connection.id)
    .where(Run.id == Record.run_id)
    .correlate(Record)
    .scalar_subquery()
)
# None where the two are not linked now, and 0 where it is not known how they were.
LINK_MATCHED_BY = (
    select(func.coalesce(Link.matched_by, 0))
    .where(
        Link.pairing_id == _PAIRING_ID,
        Link.source_id == Record.source_id,
        Link.target_id == Record.target_id,
    )
    .correlate(Record)
    .scalar_subquery()
    .label("link_matched_by")
)
