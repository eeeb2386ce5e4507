"""Adding, connecting, changing and deleting connections, on both engines."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors import registry
from connectors.contract.errors import AuthError, ConfigError
from connectors.contract.locality import Locality
from connectors.contract.protocols import Organisation
from core.clock import now
from core.connections import connections
from core.connections.connections import ConnectionView
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.jobs import cancellation
from core.models import (
    Account,
    Audit,
    Connection,
    ConnectionStatus,
    Every,
    Job,
    Link,
    Pairing,
    Position,
    Run,
    Schedule,
    Side,
    SideState,
    Trigger,
)
from core.runs import request
from core.security.actor import OPERATOR
from core.security.vault import vault
from core.sides import systems
from core.sides.credentials import from_tokens
from tests.core.stand_ins import People, Systems, connected, temporary

pytestmark = pytest.mark.slow

SOURCE, TARGET = Position.SOURCE, Position.TARGET


def credentials_of(side_id: int) -> object:
    with reading() as session:
        sealed = session.get_one(Side, side_id).credentials
    return None if sealed is None else vault().open(sealed)


def test_a_new_connection_is_a_draft_with_two_sides_and_a_job(team: People, stand_ins: Systems) -> None:
    connection = connections.get(team.admin, connections.create(team.admin, "  ", "hr", "pay"))
    assert connection.name == "People First → Pay Well"
    assert connection.status is ConnectionStatus.DRAFT
    assert not connection.source.connected and not connection.target.connected
    with reading() as session:
        assert session.scalar(select(Job.connection_id)) == connection.id


def test_names_of_connections_are_unique_while_they_exist(team: People, stand_ins: Systems) -> None:
    admin = team.admin
    first, second, third = (connections.create(admin, "", "hr", "pay") for _ in range(3))
    names = [connections.get(admin, each).name for each in (first, second, third)]
    assert names == ["People First → Pay Well", "People First → Pay Well (2)", "People First → Pay Well (3)"]
    with pytest.raises(InvalidError, match=r"There is a connection “people First → Pay Well \(2\)” already"):
        connections.create(admin, " people  First →\tPay Well (2) ", "hr", "pay")
    connections.delete(admin, second)
    again = connections.create(admin, "", "hr", "pay")
    assert connections.get(admin, again).name == "People First → Pay Well (2)"


def test_both_sides_connected_make_a_connection_active(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    assert connection.status is ConnectionStatus.ACTIVE
    assert (connection.source.organisation_name, connection.target.organisation_name) == (
        "Company 7",
        "Company 8",
    )
    assert connection.source.authorised_by == "Ada"
    with reading() as session:
        pairing = session.scalars(select(Pairing)).one()
        assert (pairing.source_system, pairing.target_system) == ("hr:7", "pay:8")
        assert connection.pairing_id == pairing.id
        actions = list(session.scalars(select(Audit.action).order_by(Audit.id)))
    assert actions == ["connection.create", "side.connect", "side.connect"]


def test_a_view_holds_no_credentials_and_the_store_only_sealed_ones(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    assert "access-" not in repr(connection) and "refresh-" not in repr(connection)
    with reading() as session:
        assert all(b"access-" not in (side.credentials or b"") for side in session.scalars(select(Side)))


def test_credentials_that_are_refused_are_not_saved(team: People, stand_ins: Systems) -> None:
    connection = connections.create(team.admin, "c", "hr", "keyed")
    with pytest.raises(InvalidError, match="did not accept the credentials"):
        connections.connect_side(team.admin, connection, SOURCE, {"access_token": "canary-wrong"})
    with pytest.raises(InvalidError, match="contain no api_key"):
        connections.connect_side(team.admin, connection, TARGET, {})
    stand_ins.trouble = temporary()
    with pytest.raises(ConflictError, match="does not respond"):
        connections.connect_side(team.admin, connection, SOURCE, stand_ins.consent())
    view = connections.get(team.admin, connection)
    assert view.source.state is view.target.state is SideState.NOT_CONNECTED
    assert credentials_of(view.source.id) is None


def test_tokens_that_have_run_out_are_refreshed_before_they_are_tried(
    team: People, stand_ins: Systems
) -> None:
    connection = connections.create(team.admin, "c", "hr", "pay")
    old = stand_ins.consent("7", seconds=-10)
    side = connections.connect_side(team.admin, connection, SOURCE, old)
    assert stand_ins.refreshes == [old["refresh_token"]]
    assert credentials_of(side.id) != old


def test_a_side_can_be_connected_while_a_loop_is_running(team: People, stand_ins: Systems) -> None:
    connection = connections.create(team.admin, "c", "hr", "keyed")
    credentials = stand_ins.consent("7")

    async def page() -> connections.SideView:
        return connections.connect_side(team.admin, connection, SOURCE, credentials)

    assert asyncio.run(page()).connected


def test_reconnecting_to_another_organisation_is_refused(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    before = credentials_of(connection.source.id)
    with pytest.raises(
        InvalidError,
        match=r"belongs to Company 7 at People First, but the sign-in gives access to Company 9\.",
    ):
        connections.connect_side(team.admin, connection.id, SOURCE, stand_ins.consent("9"))
    assert credentials_of(connection.source.id) == before
    assert connections.get(team.admin, connection.id).status is ConnectionStatus.ACTIVE


def test_reconnecting_keeps_everything_and_makes_the_connection_active_again(
    team: People, stand_ins: Systems
) -> None:
    connection = connected(team, stand_ins)
    run = request.request(connection.id, Trigger.MANUAL)
    cancellation.cancel(OPERATOR, run)
    _schedule(connection)
    with transaction() as session:
        session.execute(update(Job).values(settings={"full_read_days": 3}))
        session.add(Link(pairing_id=connection.pairing_id, source_id="s1", target_id="t1"))
        side = session.get_one(Side, connection.source.id)
        side.state, session.get_one(Connection, connection.id).status = (
            SideState.NEEDS_RECONNECT,
            ConnectionStatus.ATTENTION,
        )
    connections.connect_side(team.admin, connection.id, SOURCE, stand_ins.consent("7"))
    again = connections.get(team.admin, connection.id)
    assert (again.status, again.pairing_id) == (ConnectionStatus.ACTIVE, connection.pairing_id)
    assert again.source.settings == connection.source.settings
    with reading() as session:
        assert session.scalars(select(Job.settings)).one() == {"full_read_days": 3}
        assert session.scalars(select(Schedule.active)).one() and session.scalars(select(Run.id)).one() == run
        assert session.scalars(select(Link.target_id)).all() == ["t1"]


@pytest.mark.both_engines
def test_links_survive_deleting_a_connection_and_adding_it_again(team: People, stand_ins: Systems) -> None:
    first = connected(team, stand_ins)
    with transaction() as session:
        session.add(Link(pairing_id=first.pairing_id, source_id="s1", target_id="t1"))
    connections.delete(team.admin, first.id)
    again = connected(team, stand_ins)
    assert again.id != first.id and again.pairing_id == first.pairing_id
    with reading() as session:
        assert session.scalars(select(Link.target_id).where(Link.pairing_id == again.pairing_id)).all() == [
            "t1"
        ]


def test_a_system_that_could_not_name_its_organisation_keeps_its_links_once_it_can(
    team: People, stand_ins: Systems
) -> None:
    draft = connections.create(team.admin, "", "hr", "pay")
    connections.connect_side(team.admin, draft, SOURCE, stand_ins.consent("7"))
    nameless = stand_ins.issue(Organisation(None, "Pay Well"))
    connections.connect_side(team.admin, draft, TARGET, from_tokens(nameless))
    before = connections.get(team.admin, draft)
    connections.connect_side(team.admin, draft, TARGET, stand_ins.consent("8"))
    named = connections.get(team.admin, draft)
    assert (named.pairing_id, named.target.organisation_name) == (before.pairing_id, "Company 8")
    with reading() as session:
        assert session.scalars(select(Pairing.target_system)).all() == ["pay:8"]
    connections.connect_side(
        team.admin, draft, TARGET, from_tokens(stand_ins.issue(Organisation(None, "Pay Well")))
    )
    assert connections.get(team.admin, draft).target.organisation_name == "Company 8"


@pytest.mark.both_engines
def test_the_same_two_systems_are_connected_only_once_at_a_time(team: People, stand_ins: Systems) -> None:
    first = connected(team, stand_ins)
    second = connections.create(team.admin, "again", "hr", "pay")
    connections.connect_side(team.admin, second, SOURCE, stand_ins.consent("7"))
    with pytest.raises(ConflictError, match="connected already, as “Staff to payroll”"):
        connections.connect_side(team.admin, second, TARGET, stand_ins.consent("8"))
    connections.delete(team.admin, first.id)
    connections.connect_side(team.admin, second, TARGET, stand_ins.consent("8"))
    assert connections.get(team.admin, second).pairing_id == first.pairing_id


@pytest.mark.both_engines
def test_both_sides_connected_at_the_same_moment_make_it_active(team: People, stand_ins: Systems) -> None:
    connection = connections.create(team.admin, "c", "hr", "pay")
    consents = {SOURCE: stand_ins.consent("7"), TARGET: stand_ins.consent("8")}
    together = threading.Barrier(2)

    def connect(position: Position) -> None:
        together.wait()
        connections.connect_side(team.admin, connection, position, consents[position])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(connect, Position))
    assert connections.get(team.admin, connection).status is ConnectionStatus.ACTIVE


@pytest.mark.both_engines
def test_a_deleted_connection_keeps_its_history_and_nothing_else(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    run = request.request(connection.id, Trigger.MANUAL)
    with pytest.raises(ConflictError, match="Wait until it has ended"):
        connections.delete(team.admin, connection.id)
    cancellation.cancel(OPERATOR, run)
    _schedule(connection)
    with transaction() as session:
        session.add(Link(pairing_id=connection.pairing_id, source_id="s1", target_id="t1"))
    connections.delete(team.admin, connection.id)
    gone = connections.get(team.admin, connection.id)
    assert gone.status is ConnectionStatus.DELETED and gone.deleted_at is not None
    assert connections.list_connections(team.admin) == []
    with reading() as session:
        assert session.scalars(select(Side.credentials)).all() == [None, None]
        schedule = session.scalars(select(Schedule)).one()
        assert (schedule.active, schedule.cancelled_by) == (False, team.admin.user_id)
        assert session.scalars(select(Link.target_id)).all() == ["t1"]
    with pytest.raises(NotFoundError):
        connections.delete(team.admin, connection.id)
    with pytest.raises(NotFoundError):
        connections.connect_side(team.admin, connection.id, SOURCE, stand_ins.consent("7"))


def _schedule(connection: ConnectionView) -> None:
    with transaction() as session:
        job = session.scalars(select(Job).where(Job.connection_id == connection.id)).one()
        due = now() + timedelta(hours=1)
        session.add(Schedule(job_id=job.id, every=Every.HOURS, interval=1, time_zone="UTC", next_due_at=due))


def test_settings_are_checked_and_their_values_never_repeated(team: People, stand_ins: Systems) -> None:
    with pytest.raises(InvalidError, match=r"Settings of People First cannot be used: page_size") as refusal:
        connections.create(team.admin, "c", "hr", "pay", {"page_size": "canary"})
    assert "canary" not in str(refusal.value)
    with pytest.raises(InvalidError, match="colour"):
        connections.create(team.admin, "c", "hr", "pay", {"colour": "red"})
    with pytest.raises(InvalidError, match="cannot be the source"):
        connections.create(team.admin, "c", "pay", "pay")
    with pytest.raises(InvalidError, match="There is no connector"):
        connections.create(team.admin, "c", "hr", "nothing")


def test_changed_settings_are_tried_before_they_are_kept(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    changed = {"url": "https://hr.test", "page_size": 50}
    stand_ins.trouble = temporary()
    with pytest.raises(ConflictError):
        connections.change_settings(team.admin, connection.id, SOURCE, changed)
    stand_ins.trouble = None
    side = connections.change_settings(team.admin, connection.id, SOURCE, changed)
    assert side.settings == changed and side.connected


def test_credentials_do_not_follow_a_side_to_another_address(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    side = connections.change_settings(team.admin, connection.id, SOURCE, {"url": "https://elsewhere.test"})
    assert side.state is SideState.NOT_CONNECTED
    assert credentials_of(side.id) is None
    assert connections.get(team.admin, connection.id).status is ConnectionStatus.DRAFT


def test_the_basis_of_decisions_changes_with_the_settings(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    before = systems.load_system_pair(connection.id).system_settings
    assert systems.load_system_pair(connection.id).system_settings == before
    connections.change_settings(
        team.admin, connection.id, SOURCE, {"url": "https://hr.test", "page_size": 50}
    )
    assert systems.load_system_pair(connection.id).system_settings != before


def test_both_ends_learn_where_the_account_is(
    team: People, stand_ins: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, given = connected(team, stand_ins), []
    before = systems.load_system_pair(connection.id).system_settings

    def opened(_settings: object, _authoriser: object, *, locality: Locality) -> Any:
        given.append((str(locality.time_zone), locality.region))

    found = {
        "hr": replace(registry.connector_of("hr"), localised=True, source=opened),
        "pay": replace(registry.connector_of("pay"), localised=True, target=opened),
    }
    monkeypatch.setattr(registry, "_by_kind", lambda: found)
    with transaction() as session:
        session.execute(update(Account).values(time_zone="Pacific/Auckland", region="NZ"))
    assert systems.load_system_pair(connection.id).system_settings != before
    assert given == [("Pacific/Auckland", "NZ")] * 2


def test_both_ends_open_only_while_both_sides_are_connected(team: People, stand_ins: Systems) -> None:
    connection = connected(team, stand_ins)
    pair = systems.load_system_pair(connection.id)
    assert (pair.source_connector.kind, pair.target_connector.kind) == ("hr", "pay")
    assert pair.pairing_id == connection.pairing_id
    connections.change_settings(team.admin, connection.id, TARGET, {"url": "https://elsewhere.test"})
    with pytest.raises(AuthError, match="Pay Well is not connected"):
        systems.load_system_pair(connection.id)
    connections.delete(team.admin, connection.id)
    with pytest.raises(ConfigError, match="deleted"):
        systems.load_system_pair(connection.id)
