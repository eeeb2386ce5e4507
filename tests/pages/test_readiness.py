"""The Readiness tab: numbers, what is missing, and who must act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import select

from connectors.contract.employee import SuperFund
from core.db import reading
from core.models import Connection, Run, RunKind
from core.people import readiness
from core.people.verdicts import PersonVerdict
from tests.core.people.kept import START_DATE, TAX_NUMBER, entry, keep
from tests.core.sync.fakes import person
from tests.pages.conftest import TABS, Show, labels, text
from tests.web.conftest import People

WHOLE = SuperFund("REGULATED", "A fund", "1", "USI", "M")


@pytest.fixture
def kept(connection: int) -> int:
    keep(
        connection,
        entry("a", person(1, branch="Perth")),
        entry("bb", person(2, branch="Perth", super_funds=(WHOLE,)), problems=[START_DATE]),
        entry("ccc", person(3, first_name="<b>Mia</b>", branch="Darwin"), problems=[TAX_NUMBER]),
    )
    return connection


def test_an_admin_sees_the_share_what_is_missing_and_who_must_act(
    show: Show, people: People, kept: int
) -> None:
    test = show("Connections", people.admin, connection=kept, tab="readiness")
    page = text(test)
    assert not test.exception and "33 % ready" in page
    assert "1 of 3 employees would be accepted today. 2 lack something" in page
    assert "Missing field: Start date" in page and "Masked tax number: Tax number" in page
    assert "Given2 Surname2" in page and "&lt;b&gt;Mia" in page and "<b>Mia" not in page
    assert f"/export/readiness.csv?connection={kept}" in page
    assert "2 of 3 employees lack something. Ask HR" in page and "within 7 business days of pay day" in page


def test_everybody_is_judged_once_and_only_in_the_tab_that_is_open(
    show: Show, people: People, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, judge = [], readiness._judge

    def counted(connection: Connection, day: date | None) -> Sequence[PersonVerdict]:
        judged.append(connection.id)
        return judge(connection, day)

    monkeypatch.setattr(readiness, "_judge", counted)
    numbers = {}
    for tab in TABS:
        judged.clear()
        show("Connections", people.admin, connection=kept, tab=tab)
        numbers[tab] = len(judged)
    assert numbers == dict.fromkeys(TABS, 0) | {"readiness": 1}


def test_the_list_is_filtered_by_what_the_address_says(show: Show, people: People, kept: int) -> None:
    page = text(show("Connections", people.admin, connection=kept, tab="readiness", who="Support"))
    assert "Mia" in page and "Given2" not in page and "who=Support" in page


def test_everybody_is_read_at_a_click_and_nothing_is_written(show: Show, people: People, kept: int) -> None:
    test = show("Connections", people.admin, connection=kept, tab="readiness")
    next(button for button in test.button if button.label == "Check everybody now").click().run()
    with reading() as session:
        assert session.scalars(select(Run.kind)).all() == [RunKind.PREVIEW]


def test_an_analyst_reads_it_in_the_reports(show: Show, people: People, kept: int) -> None:
    test = show("Reports", people.analyst, readiness=kept)
    assert not test.exception and "33 % ready" in text(test) and "Check everybody now" not in labels(test)
    for parameter in ("9999", "x", ""):
        assert "There is no such connection" in text(show("Reports", people.analyst, readiness=parameter))
    assert "There is no such connection" in text(show("Reports", people.stranger, readiness=kept))


def test_before_the_first_run_it_says_what_to_do(show: Show, people: People, connection: int) -> None:
    assert "Nothing is known yet." in text(
        show("Connections", people.admin, connection=connection, tab="readiness")
    )
