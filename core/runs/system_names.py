"""The names of connections, and of the two systems of one, for sentences about a run or an employee."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import Session

from connectors.registry import name_of
from core.distinct_names import distinct_names
from core.models import Connection, ConnectionStatus, Position, Run, Side


@dataclass(frozen=True, slots=True)
class SystemNames:
    """What people call the source and the target, such as enableHR and iPayroll."""

    source: str
    target: str

    def fill(self, sentence: str) -> str:
        """Put the names in place of ``{source}`` and ``{target}`` in a sentence of the outcome catalogue."""
        return sentence.replace("{source}", self.source).replace("{target}", self.target)


@cache
def kind_at(position: Position) -> ScalarSelect[str]:
    """Select the connector kind of one side, in a query that has ``Connection``."""
    query = select(Side.kind).where(Side.connection_id == Connection.id, Side.position == position)
    return query.correlate(Connection).scalar_subquery()


def system_names(source_kind: str | None, target_kind: str | None) -> SystemNames:
    """Return the names of two connectors."""
    return SystemNames(name_of(source_kind or ""), name_of(target_kind or ""))


def load_system_names(session: Session, run_id: int) -> SystemNames:
    """Return the names of the systems of a run."""
    row = session.execute(_kinds_of_run(), {"run_id": run_id}).first()
    return system_names(*row) if row is not None else system_names(None, None)


@cache
def _kinds_of_run() -> Select[str, str]:
    return (
        select(kind_at(Position.SOURCE), kind_at(Position.TARGET))
        .select_from(Connection)
        .join(Run, Run.connection_id == Connection.id)
        .where(Run.id == bindparam("run_id"))
    )


def connection_labels(session: Session, account_id: int | None) -> dict[int, str]:
    """Return the names of an account's connections by id, such as "Payroll (deleted)" or "Payroll (#7)"."""
    rows = session.execute(_names_in_account(), {"account_id": account_id})
    return distinct_names(
        {row.id: row.name + (" (deleted)" if row.status is ConnectionStatus.DELETED else "") for row in rows}
    )


@cache
def _names_in_account() -> Select[int, str, ConnectionStatus]:
    query = select(Connection.id, Connection.name, Connection.status)
    return query.where(Connection.account_id == bindparam("account_id")).order_by(Connection.id)
