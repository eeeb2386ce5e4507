"""The roles that may see connections and change them; for all others they do not exist."""

from __future__ import annotations

import pytest

from core.connections import connections
from core.errors import ForbiddenError, NotFoundError
from core.models import Position
from core.security.actor import OPERATOR
from tests.core.stand_ins import People, Systems, connected

SOURCE = Position.SOURCE


def test_support_may_look_and_an_analyst_may_not(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    support = type(team.support)("Sue", team.support.role, team.support.user_id, team.admin.account_id)
    assert connections.get(support, connection.id) == connection
    assert connections.list_connections(support) == [connection]
    for who in (support, team.analyst):
        with pytest.raises(ForbiddenError):
            connections.create(who, "c", "hr", "pay")
        with pytest.raises(ForbiddenError):
            connections.connect_side(who, connection.id, SOURCE, stand_ins.consent("7"))
        with pytest.raises(ForbiddenError):
            connections.change_settings(who, connection.id, SOURCE, {})
        with pytest.raises(ForbiddenError):
            connections.delete(who, connection.id)
    with pytest.raises(ForbiddenError):
        connections.list_connections(team.analyst)


def test_an_outsider_is_told_that_there_is_nothing(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    assert connections.list_connections(team.outsider) == []
    for attempt in (
        lambda: connections.get(team.outsider, connection.id),
        lambda: connections.connect_side(team.outsider, connection.id, SOURCE, {}),
        lambda: connections.change_settings(team.outsider, connection.id, SOURCE, {}),
        lambda: connections.delete(team.outsider, connection.id),
        lambda: connections.get(team.outsider, 999),
        lambda: connections.get(OPERATOR, 999),
    ):
        with pytest.raises(NotFoundError):
            attempt()
