"""Where the systems of a connection show an employee, as far as that is known."""

from __future__ import annotations

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from connectors.values import employee_page
from core.models import Connection, Position, Side
from core.sides.systems import parse_settings


def pages_of(connection: Connection, source_id: str, target_id: str | None) -> tuple[str | None, str | None]:
    """Return the addresses of an employee's pages at the source and at the target; None where one is not known."""
    sides = {side.position: side for side in connection.sides}
    return _page(sides.get(Position.SOURCE), source_id), _page(sides.get(Position.TARGET), target_id)


def _page(side: Side | None, employee_id: str | None) -> str | None:
    if side is None or employee_id is None:
        return None
    try:
        settings = parse_settings(connector_of(side.kind), side.settings)
    except ConfigError:  # the connection says so
        return None
    pattern = getattr(settings, "employee_page", "")
    return employee_page.fill(pattern, employee_id, settings.model_dump())
