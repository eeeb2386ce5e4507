"""Refused sign-ins are in the audit with their reason, and cannot fill it; on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from connectors.enablehr import users
from core.audit import refusals
from core.clock import now
from core.db import reading, transaction
from core.errors import NotFoundError
from core.models import Audit, ThrottleEvent, User
from core.models import Session as SessionRow
from core.reports import audit_log
from core.reports.audit_log import AuditFilter
from core.security.actor import ActingRole, Actor
from core.security.throttling import network_of
from core.sign_in import enablehr_oauth, enablehr_password, local, sessions
from harness import world
from tests.web.conftest import PASSWORD, People, populate
from tests.web.test_signing_in import HERE, THERE, Clock, cheap, clock, refusal

__all__ = ["cheap", "clock"]


@pytest.fixture
def crowd(store: str) -> People:
    return populate()


def recorded_refusals() -> list[tuple[int | None, str, str]]:
    """Return whose sign-ins were refused, from where and why."""
    with reading() as session:
        rows = session.scalars(
            select(Audit).where(Audit.action == "sign-in", Audit.result == "refused").order_by(Audit.id)
        )
        return [(row.user_id, str(row.address), str(row.detail["why"])) for row in rows]


def written() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Audit)) or 0


def test_the_reason_is_for_the_audit_and_not_for_the_guesser(crowd: People) -> None:
    with transaction() as session:
        session.get_one(User, crowd.analyst).active = False
        session.get_one(User, crowd.stranger).one_time_password_expires_at = now() - timedelta(seconds=1)
        session.get_one(User, crowd.support).password_hash = None
    names = ("admin", "nobody", "analyst", "stranger", "support")
    assert {refusal(name, "not this one") for name in names} == {local.WRONG}
    assert recorded_refusals() == [
        (crowd.admin, HERE, "the password was wrong"),
        (None, HERE, "there is no such user"),
        (crowd.analyst, HERE, "the person is switched off"),
        (crowd.stranger, HERE, "the one-time password had expired"),
        (crowd.support, HERE, "the person has no password here"),
    ]


@pytest.mark.both_engines
def test_each_delay_has_one_row_however_often_the_guesser_tries(
    crowd: People, clock: Clock, cheap: None
) -> None:
    for _ in range(5):
        refusal("admin")
    for _ in range(100):
        assert "Too many" in refusal("admin")
    delayed = recorded_refusals()[5:]
    free = clock.moment + timedelta(seconds=5)
    assert delayed == [(crowd.admin, HERE, local.DELAYED.format(f"{free:%H:%M:%S}"))]
    clock.forward(seconds=6)
    refusal("admin")
    for _ in range(100):
        assert "Too many" in refusal("admin")
    assert len(recorded_refusals()) == 8, "the next delay has its own"


@pytest.mark.both_engines
def test_the_refused_attempts_of_a_day_are_bounded_by_those_that_were_looked_at(
    crowd: People, clock: Clock, cheap: None
) -> None:
    looked_at = 0
    for _ in range(60):
        for name in ("admin", "analyst", "nobody", "somebody"):
            looked_at += refusal(name) == local.WRONG
        clock.forward(seconds=30)
    assert len(recorded_refusals()) <= 2 * looked_at


def test_an_account_reads_of_refused_sign_ins_under_the_names_of_its_people_only(crowd: People) -> None:
    for name in ("admin", "stranger", "nobody", "support"):
        refusal(name, "not this one")
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, crowd.admin, crowd.account)
    rows = audit_log.audit_page(admin, AuditFilter()).rows
    assert [(row.who, row.action, row.subject, row.details, row.address, row.result) for row in rows] == [
        ("Unknown person", "Tried to sign in", "Admin", "Reason: the password was wrong", HERE, "Refused")
    ]
    support = Actor("Support", ActingRole.SUPPORT, crowd.support, crowd.account)
    outside = audit_log.audit_page(support, AuditFilter(outside=True, action="sign-in")).rows
    assert [row.subject for row in outside] == [
        "Support",
        "An unknown user name",
        "Stranger",
        "Admin",
    ]


def test_a_delayed_attempt_at_an_unknown_name_names_nobody(crowd: People, clock: Clock, cheap: None) -> None:
    for _ in range(7):
        refusal("my secret password")
    assert {user for user, _, _ in recorded_refusals()} == {None} and "secret" not in str(recorded_refusals())


def test_a_delay_of_the_address_tells_of_it_once_whatever_names_are_tried(
    crowd: People, clock: Clock, cheap: None
) -> None:
    for number in range(60):
        refusal(f"person {number}")
    assert len(recorded_refusals()) == 21


def test_the_form_of_enablehr_tells_who_was_refused_and_leaves_local_users_out(
    crowd: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        session.get_one(User, crowd.analyst).password_hash = None
    monkeypatch.setattr(enablehr_password, "_password_url", lambda: "https://login.test")
    monkeypatch.setattr(users, "by_password", lambda *_: None)
    for name in ("analyst", "admin"):
        with pytest.raises(local.SignInRefusedError):
            enablehr_password.sign_in(name, "wrong", THERE)
    why = "enableHR did not accept the user name and password"
    assert recorded_refusals() == [(crowd.analyst, THERE, why), (None, THERE, why)]


def test_trips_and_tickets_that_anybody_can_make_up_are_told_once_a_place(crowd: People) -> None:
    for number in range(5):
        with pytest.raises(local.SignInRefusedError):
            enablehr_oauth.take("browser", f"made-up-{number}", HERE)
        assert local.redeem_ticket(f"made-up-{number}", "browser", HERE) is None
    assert [why for _, _, why in recorded_refusals()] == [
        "the response was already used, or iHUB did not ask for it",
        "the sign-in ticket was already used, or never issued",
    ]


@pytest.mark.both_engines
def test_strangers_from_everywhere_have_room_for_so_many_an_hour(
    crowd: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "ANONYMOUS_PER_HOUR", 10)
    before = written()
    for number in range(40):
        local.redeem_ticket("made-up", "browser", f"10.1.{number}.1")
    assert written() == before + 10
    with transaction() as session:
        session.execute(ThrottleEvent.__table__.update().values(at=now() - timedelta(hours=2)))  # type: ignore[attr-defined]
    local.redeem_ticket("made-up", "browser", "10.2.0.1")
    assert written() == before + 11


@pytest.mark.both_engines
def test_made_up_names_from_everywhere_are_bounded_and_hide_no_attack_on_a_user(
    crowd: People, cheap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "SIGN_INS_PER_HOUR", 10)
    for number in range(40):
        refusal(f"made up {number}", address=f"2001:db8:{number:x}::1")
    whys = [why for _, _, why in recorded_refusals()]
    assert whys == ["there is no such user"] * 10 + [refusals.MORE_REFUSED]
    refusal("admin")
    assert recorded_refusals()[11:] == [(crowd.admin, HERE, "the password was wrong")]


def test_guesses_at_one_user_from_everywhere_are_bounded(
    crowd: People, clock: Clock, cheap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "SIGN_INS_PER_HOUR", 10)
    for number in range(40):
        refusal("admin", address=f"2001:db8:{number:x}::1")
        clock.forward(seconds=61)
    assert len(recorded_refusals()) == 11
    clock.forward(hours=1)
    refusal("admin")
    assert len(recorded_refusals()) == 12


def test_whoever_begins_sign_ins_with_enablehr_and_makes_up_their_ends_is_bounded(crowd: People) -> None:
    pending = enablehr_oauth.PendingSignIn("verifier", "/")
    for error in ("access_denied", "made up", None):
        for _ in range(20):
            with pytest.raises(local.SignInRefusedError):
                enablehr_oauth.finish(pending, None, error, HERE)
    assert [why for _, _, why in recorded_refusals()] == [
        "the person did not allow it",
        "enableHR did not complete it",
    ]


@pytest.mark.both_engines
def test_a_person_without_a_role_cannot_sign_in_and_out_at_will(crowd: People) -> None:
    guest = world.person(None, None, username="gus")
    before = written()
    for number in range(3 * local.GUEST_SIGN_INS_A_DAY):
        try:
            token = local.redeem_ticket(local.issue_ticket(guest, "browser"), "browser", HERE)
        except local.SignInRefusedError as error:
            assert "no access yet" in str(error) and number >= local.GUEST_SIGN_INS_A_DAY
            continue
        assert token is not None
        sessions.sign_out(token, HERE)
    assert written() == before + 2 * local.GUEST_SIGN_INS_A_DAY
    for _ in range(2 * local.GUEST_SIGN_INS_A_DAY):
        local.issue_ticket(crowd.admin, "browser")


def test_a_person_with_a_one_time_password_chooses_no_account(crowd: People) -> None:
    token = local.redeem_ticket(local.issue_ticket(crowd.admin, "browser"), "browser", HERE)
    assert token is not None
    with transaction() as session:
        session.get_one(User, crowd.admin).one_time_password_expires_at = now() + timedelta(hours=1)
        session.execute(update(SessionRow).values(account_id=None))
    with pytest.raises(NotFoundError):
        sessions.choose_account(token, crowd.account)


def test_somebody_switched_off_between_password_and_page_is_told_of(crowd: People) -> None:
    ticket = local.issue_ticket(crowd.admin, "browser")
    with transaction() as session:
        session.get_one(User, crowd.admin).active = False
    assert local.redeem_ticket(ticket, "browser", HERE) is None
    assert recorded_refusals() == [(crowd.admin, HERE, local.SWITCHED_OFF)]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_customer_is_one_place(address: str | None, place: str) -> None:
    assert network_of(address) == place


def test_a_guesser_does_not_get_away_by_changing_their_ipv6_address(
    crowd: People, clock: Clock, cheap: None
) -> None:
    answers = [refusal("admin", address=f"2001:db8::{number:x}") for number in range(1, 12)]
    assert answers.count(local.WRONG) == 5
    assert local.sign_in("admin", PASSWORD, "2001:db8:0:1::1") == crowd.admin
