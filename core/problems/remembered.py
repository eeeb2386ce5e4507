"""The warnings of earlier runs that are still open: a run that does not translate an employee again repeats theirs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, select

from core.db import reading
from core.models import OpenProblem, ProblemKind

# Source id, kind, code, field, message and fixer.
WarningRow = tuple[str, str, str, str, str, str]

OF_PAIRING = (
    select(
        OpenProblem.source_id,
        OpenProblem.kind,
        OpenProblem.code,
        OpenProblem.field,
        OpenProblem.message,
        OpenProblem.fixer,
    )
    .where(
        OpenProblem.pairing_id == bindparam("pairing_id"),
        OpenProblem.kind.in_([ProblemKind.WARNING, ProblemKind.BY_HAND, ProblemKind.RESPONSE]),
    )
    .order_by(OpenProblem.id)
    .execution_options(yield_per=1000)
)


def open_warnings(pairing_id: int) -> Iterator[WarningRow]:
    """Yield the open warnings of a pairing, of which there may be several for each employee."""
    with reading() as session:
        rows = session.connection().execute(OF_PAIRING, {"pairing_id": pairing_id})
        for row in rows:
            yield row[0], str(row[1]), row[2], row[3], row[4], row[5]
