"""What pages say of a run that waits for the end of closed hours, and of an account whose time zone is gone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update

from core.clock import now
from core.db import transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Account, Every, Phase, Run, RunStatus
from core.security.actor import OPERATOR
from pages.ui.layout import times
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


def test_a_run_in_closed_hours_says_when_it_goes_on(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.run(connection, RunStatus.RUNNING, phase=Phase.WRITING, read=10)
    opens_at = now() + timedelta(hours=3)
    with transaction() as session:
        run = session.get_one(Run, run_id)
        run.lease_token, run.not_before, run.message = None, opens_at, "It waits for iPayroll 22:00-06:00."
    sentence = f"continues at {times.format_time(opens_at, ZoneInfo('Australia/Brisbane'))}."
    for page, name in (("Jobs", f"Run #{run_id}"), ("Home", f"Run #{run_id}")):
        shown = text(show(page, people.admin))
        assert f"{name} {sentence} It waits for iPayroll 22:00-06:00." in shown, page
    test = show("Reports", people.admin, run=run_id)
    assert f"The run {sentence}" in text(test) and "Stopping …" not in labels(test)


PAGES = ("Home", "Connections", "Jobs", "Reports", "To_fix", "Audit")


def test_no_page_breaks_when_the_zone_of_the_account_is_gone(
    show: Show, people: People, connection: int
) -> None:
    schedules.create(OPERATOR, connection, Rule(Every.DAY, at="07:30"))
    reported_runs.whole_run(connection)
    with transaction() as session:
        session.execute(update(Account).values(time_zone="Mars/Olympus"))
    for page in PAGES:
        test = show(page, people.admin)
        assert not test.exception and not test.error, page
    shown = text(show("Home", people.admin))
    assert "The account's time zone Mars/Olympus no longer exists, so no run starts." in shown
    test = show("Connections", people.admin, connection=connection)
    assert not test.exception and not test.error
