"""The account that a connection or a run belongs to, for links that name no account."""

from __future__ import annotations

from core.db import reading
from core.models import Connection, Run


def account_of(connection_id: int | None, run_id: int | None) -> int | None:
    """Return the account of a connection or of a run. Whether the person may act there is asked afterwards."""
    if connection_id is None and run_id is None:
        return None
    with reading() as session:
        row = session.get(Run, run_id) if run_id is not None else session.get(Connection, connection_id)
        return row.account_id if row is not None else None
