"""People hear what they chose, when they chose, where they chose; and nothing once they have no role."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from core.alerts import choices, feed, states
from core.alerts.preferences import ALL, Choice, Preferences, Timing
from core.alerts.sending import delivery
from core.alerts.timing import mail_due_at
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import AlertPreference, AlertTopic, Audit, Delivery, Membership
from core.security.actor import ActingRole, Actor
from harness import world
from harness.receivers import Mailbox, mail_server
from tests.core.alerts import changes
from tests.core.alerts.conftest import Clock, Team

BRISBANE, SYDNEY = ZoneInfo("Australia/Brisbane"), ZoneInfo("Australia/Sydney")
EVERYTHING = Choice(page=tuple(AlertTopic), mail=tuple(AlertTopic))


def actor(team: Team, user_id: int, role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    return Actor("Somebody", role, user_id, team.account)


def waiting() -> dict[int, datetime]:
    """Return who waits for mails, and until when."""
    with reading() as session:
        rows = session.scalars(
            select(Delivery).where(Delivery.delivered_at.is_(None), Delivery.given_up_at.is_(None))
        )
        return {row.user_id or 0: row.due_at for row in rows}


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-12-01 12:00", "2026-12-01 12:00"),
        ("2026-12-01 18:00", "2026-12-02 07:00"),
        ("2026-12-01 23:59", "2026-12-02 07:00"),
        ("2026-12-02 06:59", "2026-12-02 07:00"),
        ("2026-12-02 07:00", "2026-12-02 07:00"),
    ],
)
def test_quiet_hours_put_off_what_happens_at_night(local: str, expected: str) -> None:
    quiet = Preferences(quiet_from="18:00", quiet_until="07:00")
    moment, wanted = (datetime.fromisoformat(text).replace(tzinfo=BRISBANE) for text in (local, expected))
    assert mail_due_at(quiet, BRISBANE, moment.astimezone(UTC)) == wanted


def test_quiet_hours_follow_the_clocks_of_the_account() -> None:
    quiet = Preferences(quiet_from="18:00", quiet_until="07:00")
    night = datetime(2027, 4, 3, 22, tzinfo=SYDNEY)  # the clocks go back at 3:00
    assert mail_due_at(quiet, SYDNEY, night.astimezone(UTC)) - night.astimezone(UTC) == timedelta(hours=10)
    lunch = Preferences(quiet_from="12:00", quiet_until="13:00")
    noon = datetime(2026, 12, 1, 12, 30, tzinfo=SYDNEY).astimezone(UTC)
    assert mail_due_at(lunch, SYDNEY, noon) == noon + timedelta(minutes=30)


def test_a_digest_comes_once_a_day_or_a_week_at_its_time() -> None:
    monday = datetime(2026, 11, 30, 7, tzinfo=BRISBANE)
    daily = Preferences(timing=Timing.DAILY)
    weekly = Preferences(timing=Timing.WEEKLY, weekday=0, digest_at="07:00")
    assert mail_due_at(daily, BRISBANE, monday) == monday
    assert mail_due_at(daily, BRISBANE, monday + timedelta(seconds=1)) == monday + timedelta(days=1)
    assert mail_due_at(weekly, BRISBANE, monday + timedelta(seconds=1)) == monday + timedelta(days=7)
    late = daily.model_copy(update={"quiet_from": "06:00", "quiet_until": "09:00"})
    assert mail_due_at(late, BRISBANE, monday) == monday + timedelta(hours=2)


def test_a_digest_holds_the_whole_day_and_none_comes_when_there_is_nothing_to_say(
    team: Team, clock: Clock, smtp_port: int
) -> None:
    mailbox = Mailbox()
    for user_id in (team.admin, team.other):
        timing = Timing.DAILY if user_id == team.admin else Timing.WEEKLY
        choices.save_preferences(actor(team, user_id), Preferences(timing=timing, choices={ALL: EVERYTHING}))
    with mail_server(smtp_port, mailbox):
        for change in (changes.run_failed, changes.hold, changes.run_completed):
            change(team.connection, clock.moment)
            states.refresh()
            delivery.deliver_due()
            clock.forward(hours=1)
        assert not mailbox.messages
        for _ in range(3):
            clock.forward(days=1)
            delivery.deliver_due()
    assert mailbox.recipients == ["ada@example.com"]
    text = mailbox.messages[0].get_content()
    assert mailbox.messages[0]["Subject"] == "[iHUB] Harbour Foods: 3 alerts"
    assert text.index("could not write 7") < text.index("held until") < text.index("everybody again")


def test_a_person_chooses_by_connection_and_only_what_the_role_may_see(team: Team, clock: Clock) -> None:
    quiet = {ALL: EVERYTHING, team.connection: Choice(page=(AlertTopic.HELD,))}
    choices.save_preferences(actor(team, team.admin), Preferences(choices=quiet))
    analyst = actor(team, team.analyst, ActingRole.ANALYST)
    choices.save_preferences(analyst, Preferences(choices={ALL: EVERYTHING}))
    for change in (changes.lose_source, changes.run_stopped, changes.hold):
        change(team.connection, clock.moment)
        states.refresh()
    with reading() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [row.user_id for row in rows] == [team.other, *(team.other, team.analyst) * 2]
    assert [event.topic for event in feed.list_events(actor(team, team.admin))] == [AlertTopic.HELD]
    assert [event.topic for event in feed.list_events(analyst)] == [AlertTopic.HELD, AlertTopic.FAILED]


def test_what_is_over_is_told_to_those_who_chose_that_too(team: Team, clock: Clock) -> None:
    only = Choice(mail=(AlertTopic.FAILED,))
    choices.save_preferences(actor(team, team.other), Preferences(choices={ALL: only}))
    for change in (changes.run_stopped, changes.run_completed):
        change(team.connection, clock.moment)
        states.refresh()
    with reading() as session:
        users = session.scalars(select(Delivery.user_id).order_by(Delivery.id)).all()
    assert users == [team.admin, team.other, team.admin]


@pytest.mark.both_engines
def test_mails_that_wait_follow_a_new_choice(team: Team, clock: Clock) -> None:
    ada = actor(team, team.admin)
    choices.save_preferences(ada, Preferences(timing=Timing.WEEKLY, weekday=0, choices={ALL: EVERYTHING}))
    changes.hold(team.connection, clock.moment)
    states.refresh()
    assert waiting()[team.admin] > clock.moment + timedelta(days=2)
    choices.save_preferences(ada, Preferences(choices={ALL: EVERYTHING}))
    assert waiting()[team.admin] == clock.moment
    choices.save_preferences(ada, Preferences(choices={ALL: Choice()}))
    assert team.admin not in waiting() and feed.list_undelivered(ada) == []


def test_who_has_lost_the_role_gets_no_mail_that_was_waiting(
    team: Team, clock: Clock, smtp_port: int
) -> None:
    changes.hold(team.connection, clock.moment)
    states.refresh()
    with transaction() as session:
        session.execute(delete(Membership).where(Membership.user_id == team.admin))
    mailbox = Mailbox()
    with mail_server(smtp_port, mailbox):
        delivery.deliver_due()
    assert mailbox.recipients == ["bob@work.example"] and not waiting()


def test_support_hears_of_an_account_only_by_its_own_choice(team: Team, clock: Clock) -> None:
    sue = world.person(None, None, username="sue@example.com", support=True)
    changes.hold(team.connection, clock.moment)
    states.refresh()
    assert sue not in waiting()
    choices.save_preferences(actor(team, sue, ActingRole.SUPPORT), Preferences(choices={ALL: EVERYTHING}))
    changes.run_stopped(team.connection, clock.moment)
    states.refresh()
    assert sue in waiting()


def test_who_chose_missed_pay_days_before_hears_of_wrong_pay_too() -> None:
    migration = importlib.import_module("core.migrations.versions.0380_paid_wrong")
    before = {
        "email": "",
        "choices": {"0": {"page": ["HELD", "PAY_DAY"], "mail": ["HELD"]}, "7": {"page": []}},
    }
    after = migration.change(before, adds=True)
    assert after["choices"]["0"] == {"page": ["HELD", "PAY_DAY", "PAID_WRONG"], "mail": ["HELD"]}
    assert migration.change(after, adds=True) == after and after["choices"]["7"]["page"] == []
    assert migration.change(after, adds=False)["choices"]["0"] == {
        "page": ["HELD", "PAY_DAY"],
        "mail": ["HELD"],
    }


WRONG: list[tuple[dict[str, object], str]] = [
    ({"email": "two@example.com, three@example.com"}, "Enter one e-mail address"),
    ({"email": "ann@example.com\nBcc: all@example.com"}, "Enter one e-mail address"),
    ({"digest_at": "25:00"}, "Enter the time of the digest"),
    ({"quiet_from": "18:00"}, "Enter when quiet hours begin and end"),
    ({"quiet_from": "18:00", "quiet_until": "18:00"}, "would never end"),
    ({"weekday": 7}, "Choose a day of the week"),
    ({"timing": "sometimes"}, "cannot be chosen"),
    ({"choices": {4711: {}}}, "no such connection"),
]


def test_a_choice_that_cannot_be_used_is_refused_with_a_sentence(team: Team) -> None:
    for wrong, sentence in WRONG:
        with pytest.raises(InvalidError, match=sentence):
            choices.save_preferences(actor(team, team.admin), wrong)
    with reading() as session:
        assert session.scalars(select(AlertPreference)).all() == []
        assert not session.scalars(select(Audit).where(Audit.action == "alerts.choose")).all()


def test_the_page_counts_what_is_new_until_it_was_seen(team: Team, clock: Clock) -> None:
    ada = actor(team, team.admin)
    changes.run_stopped(team.connection, clock.moment)
    changes.hold(team.connection, clock.moment)
    states.refresh()
    assert feed.count_new(ada) == 2 and all(event.is_new for event in feed.list_events(ada))
    feed.mark_seen(ada, feed.list_events(ada)[0].id)
    assert feed.count_new(ada) == 0 and feed.count_new(actor(team, team.other)) == 2
    assert choices.get_preferences(ada).choice(team.connection).mail  # looking is no choice
