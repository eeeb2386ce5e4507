"""Every use case × every role × own and other account, enforced in core; a use case without a row fails here."""

from __future__ import annotations

import pytest

from core.errors import ConflictError, ForbiddenError, HubError, InvalidError, NotFoundError
from core.security.actor import Actor
from tests.core.security.discovery import use_cases
from tests.core.security.rights import TABLE, Reach, Row
from tests.core.security.two_accounts import OTHER, Place, Places

ROLES = {"A": "account admin", "S": "support", "N": "analyst", "G": "guest"}
AGREED = {
    "see connections": (
        "AS",
        "connections.list_connections connections.get history.of_connection alerts.open_alerts",
    ),
    "add, connect, reconnect, delete connections, settings": (
        "A",
        "connections.create connecting.connect_side connecting.change_settings connecting.check_side consent.begin "
        "consent.finish consent.choose deleting.delete guardrails.change",
    ),
    "run, preview, schedule, cancel jobs": (
        "AS",
        "jobs.run_now runs.request schedules.create schedules.cancel cancelling.cancel cancelling.cancel_all",
    ),
    "approve held runs": (
        "A",
        "approvals.approve approvals.refuse rulings.link rulings.create_new rulings.unlink",
    ),
    "reports, people, export": (
        "ASN",
        "reports.integrations reports.runs_page reports.run_details records.records_page records.group_counts "
        "records.filtered_reasons exports.export_runs exports.export_records",
    ),
    "access page": (
        "S",
        "accounts.create accounts.set_enabled accounts.add_user accounts.revoke memberships.invite memberships.give_role "
        "memberships.take_role memberships.set_support memberships.set_active memberships.new_password access_requests.waiting "
        "access_requests.grant access_requests.decline access_overview.accounts_page access_overview.people_page "
        "access_overview.person registrations.list_all registrations.enter registrations.allow "
        "registrations.remove",
    ),
}


def test_every_use_case_has_a_row() -> None:
    assert set(TABLE) == set(use_cases())


@pytest.mark.parametrize("row", AGREED)
def test_the_table_says_what_was_agreed(row: str) -> None:
    who, names = AGREED[row]
    assert {name: TABLE[name].who for name in names.split()} == dict.fromkeys(names.split(), who)


def outcome(row: Row, actor: Actor, place: Place) -> str:
    """Call a use case; what is merely not possible at the moment counts as allowed."""
    try:
        answer = row.call(actor, place)
    except NotFoundError:
        return "does not exist"
    except ForbiddenError:
        return "forbidden"
    except (ConflictError, InvalidError):
        return "allowed"
    assert row.reach is not Reach.ACCOUNT or OTHER not in repr(answer), (
        "something of another account came out"
    )
    return "allowed"


def expected(row: Row, role: str) -> set[str]:
    if role in row.who:
        return {"allowed"}
    return {"does not exist", "forbidden"} if role == "G" else {"forbidden"}


@pytest.mark.parametrize("name", TABLE)
def test_own_account(two: Places, name: str) -> None:
    row = TABLE[name]
    for role in sorted(
        ROLES, key=lambda role: role in row.who
    ):  # those who are refused first: they change nothing
        assert outcome(row, two.actors[role], two.own) in expected(row, role), ROLES[role]


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.reach is Reach.THING])
def test_another_accounts_things_answer_as_if_they_did_not_exist(two: Places, name: str) -> None:
    row = TABLE[name]
    no = 10**6
    nowhere = Place(no, no, no, no, no, no, no, no, two.own.systems)
    for role, actor in two.actors.items():
        theirs = refusal(row, actor, two.other)
        assert isinstance(theirs, NotFoundError), ROLES[role]
        if name != "consent.finish":  # a trip is known by a secret state, not by an id
            assert str(theirs) == str(refusal(row, actor, nowhere)), ROLES[role]


def refusal(row: Row, actor: Actor, place: Place) -> HubError | None:
    try:
        row.call(actor, place)
    except HubError as error:
        return error
    return None


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.reach is Reach.EVERYWHERE])
def test_what_concerns_all_accounts_is_for_support_only(two: Places, name: str) -> None:
    for role in ("A", "N", "G"):
        assert outcome(TABLE[name], two.actors[role], two.other) == "forbidden", ROLES[role]
