"""How somebody was matched and who must act are stored, and shown wherever an employee of a run is."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from connectors.contract.employee import BankAccount
from core.db import reading
from core.exports import files
from core.exports.record_table import RecordsFilter
from core.models import Link
from core.problems import open_problems
from core.problems.open_problems import ProblemFilter
from core.reports import records
from core.reports.records import RecordFilter, RecordView
from core.review import match_decisions, matches
from core.runs import matched_by
from core.runs.outcome_catalogue import Fixer
from core.security.actor import Actor
from tests.core.problems.open_problems import stored
from tests.core.reports import reported_runs
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.fakes import BAD_PHONE, FakeTarget, person
from tests.core.sync.match.test_decisions import actor_of

NOBODY_KNOWS: dict[str, Any] = {"au_tax": None, "date_of_birth": None, "email": None}


def views(actor: Actor, ended: Ended) -> dict[str, RecordView]:
    """Return the records of a run as a page shows them."""
    page = records.records_page(actor, ended.id, RecordFilter())
    return {view.source_id: view for view in page.rows}


def matched(actor: Actor, ended: Ended) -> dict[str, str]:
    return {source_id: view.matched_by for source_id, view in views(actor, ended).items()}


def links() -> dict[str, str]:
    with reading() as session:
        return {
            link.source_id: matched_by.describe_link(link.matched_by)
            for link in session.scalars(select(Link))
        }


@pytest.mark.both_engines
def test_each_way_of_matching_is_told_in_the_run_and_by_the_link(hub: Hub) -> None:
    actor, hub.target = actor_of(hub), FakeTarget(chosen_ids=False)
    hub.fill(1)
    for number in (1, 2, 3):
        hub.source.put(f"s{number}", person(number))
    hub.target.adopt("T90", replace(person(1), email="old@example.test"))
    hub.target.adopt("T91", person(2, au_tax=None))
    hub.target.adopt("T92", person(3, **NOBODY_KNOWS))
    first = hub.run()
    assert matched(actor, first) == {
        "s0": "created by iHUB",
        "s1": "by tax number, name, birth date and postcode",
        "s2": "by name, birth date, e-mail and postcode",
        "s3": "perhaps, by name and postcode" if first.rows["s3"].target_id else "",
    }
    (waiting,) = matches.waiting_employees(actor, first.id)
    (candidate,) = waiting.candidates
    assert candidate.agrees == "name and postcode"
    match_decisions.link(actor, first.id, waiting.position, candidate.target_id)
    hub.source.edit("s1", mobile="0411 222 333")
    later = hub.run()
    assert matched(actor, later) == {
        "s0": "by link (created by iHUB)",
        "s1": "by link (by tax number, name, birth date and postcode)",
        "s2": "by link (by name, birth date, e-mail and postcode)",
        "s3": "by link (by a person's decision)",
    }
    assert links() == matched(actor, later) == matched(actor, hub.run())


def test_the_employee_number_and_an_earlier_record_are_told(hub: Hub) -> None:
    actor = actor_of(hub)
    hub.source.put("s1", person(1))
    hub.target.adopt("1001", person(1, **NOBODY_KNOWS))
    assert matched(actor, hub.run())["s1"] == "by employee number, name and postcode"
    assert links() == {"s1": "by link (by employee number, name and postcode)"}
    hub.source.edit("s1", status="Transferred")
    hub.source.put("s2", person(1, employee_number="2001", earlier_record_id="s1"))
    shown = matched(actor, hub.run())
    assert shown["s1"] == "" and shown["s2"].startswith("by the link of an earlier record, tax number, name")
    assert links()["s2"].startswith("by link (by the link of an earlier record, tax number, name")


def test_who_must_act_is_the_same_in_reports_exports_and_under_to_fix(hub: Hub) -> None:
    actor = actor_of(hub)
    hub.fill(1)
    hub.source.put("hr", person(1, start_date=None))
    accounts = tuple(BankAccount("Anna", number, "064000") for number in ("12345678", "87654321"))
    hub.source.put("two", person(2, bank_accounts=accounts))
    hub.source.put("phone", person(3, mobile=BAD_PHONE))
    hub.source.put("left", person(4, status="Terminated"))
    hub.target.adopt("1004", person(4))
    hub.source.put("odd", person(5, status="Perhaps"))
    ended = hub.run()
    acting = {
        source_id: view.who_must_act for source_id, view in views(actor, ended).items() if view.who_must_act
    }
    assert acting == {
        "hr": (Fixer.HR,),
        "two": (Fixer.HR,),
        "phone": (Fixer.HR,),
        "left": (Fixer.PAYROLL,),
        "odd": (Fixer.ADMIN,),
    }
    problems = stored()
    assert {(problem.source_id, problem.fixer) for problem in problems} == {
        (source_id, fixer) for source_id, fixers in acting.items() for fixer in fixers
    }
    page = open_problems.problems_page(actor, ProblemFilter(fixer=Fixer.PAYROLL))
    (problem,) = page.rows
    assert problem.source_id == "left" and problem.matched_by.startswith("by link (by employee number")
    rows = csv.DictReader(
        reported_runs.csv_lines(files.export_records(actor, RecordsFilter(run_id=ended.id)))
    )
    assert {"Matched By", "Who Must Act"} <= set(rows.fieldnames or [])
    listed = {row["Source ID"]: row for row in rows}
    of_run = ("Job run ID#", "Integration", "Kind", "Employee Number")
    number = hub.source.people["s0"].employee_number
    assert [listed["s0"][name] for name in of_run] == [str(ended.id), "enablehr → ipayroll", "Sync", number]
    shown = {name: (row["Matched By"], row["Who Must Act"]) for name, row in listed.items()}
    assert shown["s0"] == ("created by iHUB", "") and shown["odd"] == ("", "Account Admin")
