"""Each change of state is recorded once, whatever is repeated or killed, and nothing is recorded that is no change."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.alerts import feed, states, wording
from core.alerts.conditions import Condition
from core.alerts.sending import outbox
from core.connections import deletion
from core.db import reading, transaction
from core.models import (
    Account,
    AlertEvent,
    AlertState,
    AlertTopic,
    Channel,
    Delivery,
    Plan,
    Webhook,
)
from core.security.actor import ActingRole, Actor
from tests.core.alerts import changes
from tests.core.alerts.conftest import Clock, Team


def told() -> list[tuple[str, bool]]:
    """Return what has been recorded: the topic, and whether it ended."""
    with reading() as session:
        return [
            (row.topic.value, row.ended)
            for row in session.scalars(select(AlertEvent).order_by(AlertEvent.id))
        ]


def sentences() -> list[str]:
    with reading() as session:
        events = session.scalars(select(AlertEvent).order_by(AlertEvent.id)).all()
    return [
        wording.sentence(wording.Happened(event.topic, event.ended, event.things, event.number))
        for event in events
    ]


@pytest.mark.both_engines
def test_the_same_state_is_told_once(team: Team, clock: Clock) -> None:
    for _ in range(3):
        changes.run_failed(team.connection, clock.moment)
        states.refresh()
        states.refresh_connection(team.connection)
    changes.run_completed(team.connection, clock.moment)
    states.refresh()
    changes.run_completed(team.connection, clock.moment)
    states.refresh()
    assert told() == [("FAILED", False), ("FAILED", True)]
    assert sentences()[0] == "The last run could not write 7 employees."


def test_a_run_that_could_not_continue_is_another_state_than_one_with_errors(
    team: Team, clock: Clock
) -> None:
    for change in (changes.run_failed, changes.run_stopped, changes.run_failed, changes.run_completed):
        change(team.connection, clock.moment)
        states.refresh()
    assert told() == [("FAILED", False)] * 3 + [("FAILED", True)]
    assert sentences()[1] == "The last run could not continue."


def test_a_second_system_that_is_lost_is_told_and_only_the_end_of_both(team: Team, clock: Clock) -> None:
    for change in (
        changes.lose_source,
        changes.lose_target,
        changes.reconnect_source,
        changes.reconnect_target,
    ):
        change(team.connection, clock.moment)
        states.refresh()
    assert told() == [("RECONNECT", False), ("RECONNECT", False), ("RECONNECT", True)]
    assert "enableHR" in sentences()[0] and "iPayroll" in sentences()[1]


def test_a_killed_process_leaves_no_half_of_a_change(
    team: Team, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes.hold(team.connection, clock.moment)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(outbox, "store", die)
        states.refresh()
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(AlertState)) == 0 and not told()
    states.refresh()
    states.refresh()
    assert told() == [("HELD", False)]
    with reading() as session:  # to the two Account Admins; the Analyst has no mails by default
        assert session.scalars(select(Delivery.user_id).order_by(Delivery.id)).all() == [
            team.admin,
            team.other,
        ]


def test_what_waits_for_one_person_is_told_to_them_alone_and_again_when_there_is_more(
    team: Team, clock: Clock
) -> None:
    changes.assign(team.connection, team.admin)
    states.refresh()
    changes.assign(team.connection, team.admin, "another")
    states.refresh()
    run_id = changes.hold(team.connection, clock.moment)
    with transaction() as session:
        session.get_one(Plan, run_id).first_approver = team.other
    states.refresh()
    waiting = [text for text in sentences() if text.startswith("Waiting for you")]
    assert waiting == [
        "Waiting for you: 1 problem assigned to you.",
        "Waiting for you: 1 problem assigned to you.",
        "Waiting for you: 1 plan that needs your approval too.",
    ]
    with reading() as session:
        mails = select(Delivery.user_id).join(AlertEvent).where(AlertEvent.topic == AlertTopic.WAITING)
        assert session.scalars(mails).all() == [team.admin] * 3
    ada = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    assert [event.path for event in feed.list_events(ada) if event.topic is AlertTopic.WAITING] == [
        *(f"/Reports?run={run_id}", "/To_fix", "/To_fix")
    ]
    other = Actor("Bob", ActingRole.ACCOUNT_ADMIN, team.other, team.account)
    assert {event.topic for event in feed.list_events(other)} == {AlertTopic.HELD}


@pytest.mark.both_engines
def test_a_forecast_that_is_reported_is_told_by_pay_day(team: Team, clock: Clock) -> None:
    for things, number in (("2026-12-03", 4), ("2026-12-03", 9), ("2026-12-10", 1), (None, 0)):
        with transaction() as session:
            condition = Condition((things,), number) if things else None
            states.report(session, team.connection, AlertTopic.PAY_DAY, condition)
        states.refresh()  # which finds nothing of this topic, and leaves it alone
    assert sentences() == [
        "4 employees would miss the pay day of 3 December 2026.",
        "1 employee would miss the pay day of 10 December 2026.",
        "The forecast no longer says that anybody would miss a pay day.",
    ]


def test_nobody_is_told_that_all_is_well_when_an_account_is_switched_off_or_a_connection_deleted(
    team: Team, clock: Clock
) -> None:
    admin = Actor("Ada", ActingRole.ACCOUNT_ADMIN, team.admin, team.account)
    changes.drift(team.connection, clock.moment)
    with transaction() as session:
        session.get_one(Account, team.account).ihub_enabled = False
    states.refresh()
    assert told() == []
    with transaction() as session:
        session.get_one(Account, team.account).ihub_enabled = True
    states.refresh()
    with transaction() as session:
        session.add(Webhook(connection_id=team.connection, ciphertext=b"sealed", since=clock.moment))
    deletion.delete(admin, team.connection)
    states.refresh()
    assert told() == [("DRIFT", False)]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(AlertState)) == 0
        assert session.get(Webhook, team.connection) is None


def test_looking_at_an_unchanged_store_writes_nothing(
    team: Team, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes.run_failed(team.connection, clock.moment)
    states.refresh()

    def refuse(*_: object) -> None:
        raise AssertionError("A transaction that writes was opened.")

    monkeypatch.setattr(states, "transaction", refuse)
    states.refresh()


@pytest.mark.both_engines
def test_after_three_months_what_is_settled_is_deleted_and_what_waits_is_kept(
    team: Team, clock: Clock
) -> None:
    changes.hold(team.connection, clock.moment)
    states.refresh()
    changes.decide(team.connection, clock.moment)
    states.refresh()
    with transaction() as session:
        for row in session.scalars(select(Delivery).join(AlertEvent).where(AlertEvent.ended)):
            row.delivered_at = clock.moment
        session.add(signal := Delivery(key="start:1", account_id=team.account, connection_id=team.connection))
        signal.channel, signal.run_id, signal.created_at = Channel.RUN_START, 1, clock.moment
        signal.due_at = signal.delivered_at = clock.moment
    outbox.delete_old()
    assert len(told()) == 2
    clock.forward(days=91)
    outbox.delete_old()
    assert told() == [("HELD", False)]
    with reading() as session:
        assert session.scalars(select(Delivery.delivered_at)).all() == [None, None]
