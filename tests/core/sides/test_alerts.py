"""An alert is raised once, and a failure to store one is not taken for a duplicate; on both engines."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.db import transaction
from core.models import Alert, AlertKind, Side
from core.sides import alerts
from tests.core.stand_ins import People, Systems, connected

pytestmark = pytest.mark.both_engines


class UnknownKind(StrEnum):
    """A kind that the check constraint of the table does not allow."""

    NEW = "NEW"


def test_an_alert_of_a_kind_that_the_store_refuses_fails(team: People, stand_ins: Systems) -> None:
    view = connected(team, stand_ins)
    with pytest.raises(IntegrityError), transaction() as session:
        alerts.raise_once(session, session.get_one(Side, view.source.id), cast(Any, UnknownKind.NEW), "New.")


def test_an_alert_that_another_process_has_just_raised_is_not_raised_again(
    team: People, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = connected(team, stand_ins)
    with transaction() as session:
        side = session.get_one(Side, view.source.id)
        assert alerts.raise_once(session, side, AlertKind.GRANT_REFUSED, "Refused.")
    lookups = iter([False])  # the first lookup comes before the other process has committed
    is_open = alerts._is_open
    monkeypatch.setattr(alerts, "_is_open", lambda *given: next(lookups, None) is None and is_open(*given))
    with transaction() as session:
        side = session.get_one(Side, view.source.id)
        assert not alerts.raise_once(session, side, AlertKind.GRANT_REFUSED, "Refused.")
        assert len(session.scalars(select(Alert)).all()) == 1
