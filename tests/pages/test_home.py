"""The Home page."""

from __future__ import annotations

import re
from typing import Any

import pytest
import streamlit
from sqlalchemy import update

from core.db import transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Account, AlertKind, ConnectionStatus, Every, Role, Run, RunKind, RunStatus
from core.queue import health
from core.reports.outcomes.endings import Ending
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.home.test_home import add_problem, alert, connect, hold
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, set_status, text
from tests.web.conftest import People

FINE = "Everything is all right. Nothing needs you."


@pytest.fixture
def all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a worker and a scheduler."""
    monkeypatch.setattr(health.Health, "sentences", ())


@pytest.mark.usefixtures("all_is_well")
def test_all_is_well_in_one_sentence(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.run(connection, read=1, unchanged=1)
    test = show("Home", people.admin)
    shown = text(test)
    assert not test.exception and [each.value for each in test.success] == [FINE]
    assert "All right" in shown and f'href="/Reports?run={run_id}"' in shown
    assert f'href="/Connections?connection={connection}"' in shown and 'href="/Jobs"' in shown


@pytest.mark.usefixtures("all_is_well")
def test_before_the_first_run_home_says_the_next_step(show: Show, people: People) -> None:
    connection = connect(people.account)

    def said(user: int = people.admin, account: int | None = None, **query: str) -> str:
        test = show("Home", user, account, **query)
        return " ".join(each.value for each in (*test.success, *test.info, *test.warning))

    set_status(connection, ConnectionStatus.DRAFT)
    step = "Nothing is connected yet, so nothing can run. **Next step:** connect enableHR and iPayroll."
    assert said() == step and "has to connect the systems" in said(people.analyst)
    assert said(people.support) == "Nothing is connected yet, so nothing can run."
    set_status(connection, ConnectionStatus.ACTIVE)
    assert said().startswith("Nothing has run yet. **Next step:** look at a Preview on Jobs")
    assert said(people.analyst) == "Nothing has run yet. An Account Admin can start the first run."
    admin = Actor("Ada", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    assert said().startswith("Nothing has run yet. The first run is due ")
    running = reported_runs.run(connection, RunStatus.RUNNING)
    assert said() == "Nothing has run to its end yet. What is in progress stands below."
    with transaction() as session:
        session.get_one(Run, running).status = RunStatus.COMPLETE
    assert said() == FINE
    for status in (ConnectionStatus.DRAFT, ConnectionStatus.ACTIVE):
        set_status(connect(people.account), status)
    both = "1 connection has not run yet, 1 connection is not connected yet."
    assert (
        said() == f"Everything that has run is all right. Nothing needs you. {both}" == said(people.support)
    )


ENDINGS: dict[Ending, tuple[str, dict[str, Any]]] = {
    Ending.FINISHED_WITH_ERRORS: ("amber", {"read": 3, "unchanged": 2, "errors": 1}),
    Ending.COULD_NOT_RUN: ("red", {"aborted": True}),
    Ending.STOPPED_PART_WAY: ("red", {"read": 3, "errors": 2, "created": 1, "written": 1, "aborted": True}),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_error_has_the_same_words_and_colour_on_each_page(
    show: Show, people: People, connection: int, ending: Ending
) -> None:
    colour, columns = ENDINGS[ending]
    run_id = reported_runs.run(connection, RunStatus.ERROR, **columns)
    badge = rf'<span class="hub-badge hub-{colour}"[^>]*>ERROR</span>'
    label = rf'{badge}(<br>| )<span class="hub-quiet">{ending}</span>'
    places: list[tuple[str, dict[str, Any]]] = [
        (page, {}) for page in ("Home", "Jobs", "Reports", "Connections")
    ]
    places += [("Reports", {"run": run_id}), ("Connections", {"connection": connection})]
    for page, query in places:
        assert re.search(label, text(show(page, people.admin, **query))), (page, query)
    state = rf'hub-{colour}"[^>]*>{ending.capitalize()}</span>'
    assert re.search(state, text(show("Home", people.admin))), "the state of the connection"


def test_nothing_is_called_right_while_no_run_can_start(show: Show, people: People, connection: int) -> None:
    test = show("Home", people.admin)
    assert not test.success and "no run starts" in text(test)


@pytest.mark.usefixtures("all_is_well")
def test_what_needs_somebody_leads_to_where_it_is_done(show: Show, people: People, connection: int) -> None:
    held = hold(connection)
    hold(connection, RunKind.PREVIEW, breaches=[])
    running = reported_runs.run(connection, RunStatus.RUNNING, read=7)
    add_problem(connection)
    alert(connection)
    test = show("Home", people.admin)
    shown = text(test)
    assert (
        not test.success
        and (
            "Somebody is needed:** 1 person to fix, 1 decision is waiting, 1 alert, 1 connection needs somebody."
        )
        in shown
    )
    assert "Plans to review (2)" in shown and "It can be applied." in shown
    assert f"Run #{held}: 44 would be terminated." in shown
    assert f"Run #{running}: reading and comparing, 7 read" in shown
    for address in (
        "/To_fix",
        f"/To_fix?connection={connection}",
        f"/Reports?run={held}",
        f"/Reports?run={running}",
    ):
        assert f'href="{address}"' in shown, address


ALERTS_LEAD_TO = {
    AlertKind.GRANT_REFUSED: "/Connections?connection={}",
    AlertKind.AUTHORISER_LEAVES: "/Connections?connection={}",
    AlertKind.NO_LONGER_LISTED: "/To_fix?connection={}",
    AlertKind.REFUSES_ACCEPTED: "/Connections?connection={}&amp;tab=readiness",
    AlertKind.SCOPE_VANISHED: "/Connections?connection={}&amp;tab=scope",
}


def test_each_alert_leads_to_where_it_is_dealt_with(show: Show, people: People, connection: int) -> None:
    assert set(ALERTS_LEAD_TO) == set(AlertKind)
    for kind in AlertKind:
        alert(connection, kind)
    lines = text(show("Home", people.admin)).split('<h2 class="hub-heading">Alerts')[1].split("</ul>")[0]
    found = re.findall(r'href="([^"]*)"', lines)
    assert found == [address.format(connection) for address in reversed(ALERTS_LEAD_TO.values())]


def test_an_analyst_sees_reports_and_no_jobs(show: Show, people: People, connection: int) -> None:
    alert(connection)
    test = show("Home", people.analyst)
    shown = text(test)
    assert not test.exception and "Next run" not in shown and "Alerts" not in shown
    assert f'href="/Reports?connection={connection}"' in shown and "/Jobs" not in shown


@pytest.mark.usefixtures("all_is_well")
def test_support_sees_all_accounts_until_one_is_chosen(show: Show, people: People, connection: int) -> None:
    held = hold(connection)
    test = show("Home", people.support)
    shown = text(test)
    assert "Harbour Foods: enablehr → ipayroll" in shown and 'href="/To_fix"' not in shown
    assert f'href="/Reports?run={held}&amp;account={people.account}"' in shown
    other = show("Home", people.support, world.account("Kauri Group"))
    assert "No connection yet" in text(other)
    assert "Harbour Foods: enablehr" in text(show("Home", people.support, people.account, of="all"))
    assert "Harbour Foods: enablehr" not in text(show("Home", people.admin, of="all"))


@pytest.mark.usefixtures("all_is_well")
def test_two_accounts_of_one_name_are_told_apart_the_worse_first(
    show: Show, people: People, connection: int
) -> None:
    reported_runs.run(connection)
    namesake = world.account("Harbour Foods")
    failed = reported_runs.run(world.active_connection(namesake), RunStatus.ERROR, aborted=True)
    hold(connect(people.other_account))
    test = show("Home", people.support)
    assert re.findall(r'">([^<]*)</a></td><td[^>]*><a href="/Connections', text(test)) == [
        "Kiwi Timber",
        f"Harbour Foods (#{namesake})",
        f"Harbour Foods (#{people.account})",
    ]
    assert "Kiwi Timber: enablehr → ipayroll" in text(test)
    assert f'href="/Reports?run={failed}&amp;account={namesake}"' in text(test)


def test_an_account_without_a_connection_is_shown_the_first_steps(show: Show, people: People) -> None:
    assert "Click **Add connection**" in text(show("Home", people.admin))
    assert "This account has no connection yet." in text(show("Home", people.analyst))
    assert "No account has a connection yet." in text(show("Home", people.support))


def test_an_account_that_is_switched_off_says_so(show: Show, people: People, connection: int) -> None:
    with transaction() as session:
        session.execute(update(Account).values(ihub_enabled=False))
    home = show("Home", people.support, people.account)
    assert "iHUB is switched off for this account: no job runs. enableHR Support" in text(home)
    assert not home.success
    jobs = show("Jobs", people.support, people.account)
    assert "iHUB is switched off for this account, so no run starts." in text(jobs)
    assert next(button for button in jobs.button if button.label == "Run now").disabled


def test_a_connection_that_needs_reconnecting_says_so(show: Show, people: People, connection: int) -> None:
    set_status(connection, ConnectionStatus.ATTENTION)
    assert "Reconnect" in text(show("Home", people.admin))
    jobs = show("Jobs", people.admin)
    assert "A system of this connection has to be reconnected before a run can start." in text(jobs)
    assert f'href="/Connections?connection={connection}"' in text(jobs) and "Run now" in labels(jobs)


def test_the_menu_of_a_second_person_counts_the_runs_to_decide(
    show: Show, people: People, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    navigation = streamlit.navigation

    def noted(pages: Any, **more: Any) -> Any:
        titles.extend(page.title for page in pages)
        return navigation(pages, **more)

    monkeypatch.setattr(streamlit, "navigation", noted)
    second = world.person(people.account, Role.ACCOUNT_ADMIN, username="second")
    hold(connection, RunKind.PREVIEW, breaches=[])
    show("Home", second)
    assert "Home" in titles, "a preview needs nobody"
    hold(connection)
    show("Home", second)
    assert "Home (1 to decide)" in titles


def test_a_decision_stays_on_jobs_and_connections_whatever_runs_meanwhile(
    show: Show, people: People, connection: int
) -> None:
    held = hold(connection)
    reported_runs.run(connection, kind=RunKind.PREVIEW)
    reported_runs.run(connection, read=1, unchanged=1)
    for page in ("Jobs", "Connections"):
        shown = text(show(page, people.admin))
        assert "1 decision is waiting" in shown and f'href="/Reports?run={held}"' in shown, page
