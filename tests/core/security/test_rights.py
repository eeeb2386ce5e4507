"""Every use case × every role × own and other account, enforced in core; a use case without a row fails here."""

from __future__ import annotations

import pytest

from core.accounts import access_requests, accounts, memberships, overview, users
from core.connections import connect, connections, deletion, oauth_flow
from core.errors import ConflictError, ForbiddenError, HubError, InvalidError, NotFoundError
from core.exports import files
from core.jobs import cancellation, limits, schedule_changes, schedules, start
from core.people import listing, readiness, super_readiness, values
from core.problems import decisions as problem_decisions
from core.problems import open_problems
from core.reports import (
    connection_history,
    exports,
    matching_records,
    readiness_exports,
    records,
    run_filter,
    run_list,
)
from core.reports.outcomes import comparison, connection_trend, headline, sums, to_do_by_hand
from core.review import approvals, match_decisions
from core.runs import request
from core.security.actor import Actor
from core.sides import alerts, oauth_clients
from core.sign_in import api_tokens
from core.story import target_people
from tests.core.security.discovery import UseCase, name_of, use_cases
from tests.core.security.rights import TABLE, Reach, Row
from tests.core.security.two_accounts import OTHER, Place, Places

pytestmark = pytest.mark.slow

ROLES = {"A": "account admin", "S": "support", "N": "analyst", "G": "guest"}
AGREED: dict[str, tuple[str, list[UseCase]]] = {
    "see connections": (
        "AS",
        [
            connections.list_connections,
            connections.get,
            connection_history.connection_history,
            alerts.open_alerts,
        ],
    ),
    "add, connect, reconnect, delete connections, settings": (
        "A",
        [
            connections.create,
            connect.connect_side,
            connect.change_settings,
            connect.check_side,
            oauth_flow.begin,
            oauth_flow.finish,
            oauth_flow.choose,
            deletion.delete,
            limits.change_limits,
        ],
    ),
    "run, preview, schedule, cancel jobs": (
        "AS",
        [
            start.run_now,
            start.sync_selected,
            start.sync_records,
            start.sync_problems,
            request.request,
            schedules.create,
            schedules.cancel,
            schedule_changes.change,
            schedule_changes.pause,
            schedule_changes.resume,
            schedule_changes.restore,
            cancellation.cancel,
            cancellation.cancel_all,
        ],
    ),
    "approve held runs": (
        "A",
        [
            approvals.approve,
            approvals.another_has_to_agree,
            approvals.reject,
            match_decisions.link,
            match_decisions.create_new,
            match_decisions.unlink,
            match_decisions.undo,
            match_decisions.confirm_several,
            match_decisions.link_to,
            target_people.search_target,
            target_people.find_at_target,
        ],
    ),
    "put off or ignore problems": (
        "A",
        [problem_decisions.put_off, problem_decisions.ignore, problem_decisions.show_again],
    ),
    "see what has to be fixed": (
        "ASN",
        [
            open_problems.problems_page,
            open_problems.matching_source_ids,
            open_problems.count_people,
            open_problems.connections_with_problems,
        ],
    ),
    "reports, people, export": (
        "ASN",
        [
            listing.list_people,
            listing.count_people,
            listing.last_read,
            readiness.readiness,
            values.unmapped,
            readiness.all_verdicts,
            readiness.all_waiting,
            readiness.waiting_people,
            super_readiness.super_page,
            super_readiness.all_lacking,
            readiness_exports.export_waiting,
            readiness_exports.export_super,
            run_list.integrations,
            run_list.runs_page,
            run_list.run_details,
            records.records_page,
            matching_records.matching_source_ids,
            sums.sums,
            headline.same_as_last_time,
            comparison.comparable_runs,
            comparison.compare,
            to_do_by_hand.hand_entries,
            to_do_by_hand.hand_entries_page,
            connection_trend.connection_trend,
            run_filter.starters,
            exports.export_by_hand,
            files.export_runs,
            files.export_records,
            files.export_people,
            api_tokens.create_token,
            api_tokens.revoke_token,
        ],
    ),
    "access page": (
        "S",
        [
            accounts.create,
            accounts.set_enabled,
            users.add_user,
            users.revoke,
            memberships.invite,
            memberships.give_role,
            memberships.revoke_role,
            memberships.set_support,
            memberships.set_active,
            memberships.new_password,
            access_requests.open_requests,
            access_requests.grant,
            access_requests.decline,
            overview.accounts_page,
            overview.people_page,
            overview.person,
            oauth_clients.list_clients,
            oauth_clients.save_client,
            oauth_clients.set_addresses,
            oauth_clients.remove_client,
        ],
    ),
}


def test_every_use_case_has_a_row() -> None:
    assert set(TABLE) == use_cases()


@pytest.mark.parametrize("row", AGREED)
def test_the_table_says_what_was_agreed(row: str) -> None:
    who, agreed = AGREED[row]
    assert {name_of(use_case): TABLE[use_case].who for use_case in agreed} == dict.fromkeys(
        map(name_of, agreed), who
    )


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


@pytest.mark.parametrize("use_case", TABLE, ids=name_of)
def test_own_account(two: Places, use_case: UseCase) -> None:
    row = TABLE[use_case]
    # Those who are refused come first: they change nothing.
    for role in sorted(ROLES, key=lambda role: role in row.who):
        assert outcome(row, two.actors[role], two.own) in expected(row, role), ROLES[role]


@pytest.mark.parametrize(
    "use_case", [each for each, row in TABLE.items() if row.reach is Reach.THING], ids=name_of
)
def test_another_accounts_things_answer_as_if_they_did_not_exist(two: Places, use_case: UseCase) -> None:
    row = TABLE[use_case]
    no = 10**6
    nowhere = Place(no, no, no, no, no, no, no, no, no, no, two.own.systems)
    for role, actor in two.actors.items():
        theirs = refusal(row, actor, two.other)
        assert isinstance(theirs, NotFoundError), ROLES[role]
        if use_case is not oauth_flow.finish:  # a flow is known by a secret state, not by an id
            assert str(theirs) == str(refusal(row, actor, nowhere)), ROLES[role]


def refusal(row: Row, actor: Actor, place: Place) -> HubError | None:
    try:
        row.call(actor, place)
    except HubError as error:
        return error
    return None


@pytest.mark.parametrize(
    "use_case", [each for each, row in TABLE.items() if row.reach is Reach.EVERYWHERE], ids=name_of
)
def test_use_cases_that_concern_all_accounts_are_for_support_only(two: Places, use_case: UseCase) -> None:
    for role in ("A", "N", "G"):
        assert outcome(TABLE[use_case], two.actors[role], two.other) == "forbidden", ROLES[role]
