"""Steps and a template in a described payroll: what is sent, said and shown, and a second run changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from connectors.contract.employee import Address, AustralianTax
from connectors.contract.records import Reason
from core.models import Decision, RunStatus
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person

FIELDS = """\
    - {name: shown, label: Shown name, template: "{first_name} {surname}[ ({position})]", steps: [{case: upper}]}
    - {name: centre, label: Cost centre, from: [branch, branch_id], required: true,
       steps: [{part: {by: "-", take: 1}}, {zeros: {to: 4}}], map: {"0012": Kitchen}, unmapped: keep}
    - {name: leave, label: Leave from, type: date, from: start_date, steps: [{shift: {months: 6}}]}
    - {name: written, label: Start as text, from: start_date, steps: [{write_date: {as: "%d/%m/%Y"}}]}
    - {name: phone, label: Phone, type: phone, from: phone, steps: [{phone: {as: national}}]}
    - {name: hint, label: End of the tax number, from: au_tax.tfn, sensitive: true, steps: [{cut: {last: 8}}]}
"""


@pytest.fixture
def hub(sqlite_store: str) -> Iterator[DescribedHub]:
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=roster.DESCRIPTION + FIELDS)
        for number in range(3):
            phone = f"+61 2 9999 000{number}"
            made.source.put(
                f"s{number}", replace(person(number, phone=phone), branch=f"{number + 11}-Sydney")
            )
        made.source.edit("s1", position="Cook", address=Address(country="NZ"), phone="09 300 0000")
        yield made


def test_what_the_steps_make_is_sent_once(hub: DescribedHub) -> None:
    assert hub.run().counters.created == 3
    first, second, _ = hub.roster.people.values()
    assert first | {"key": 0} == {
        "key": 0,
        "given": "Given0",
        "family": "Surname0",
        "born": "1980-01-01",
        "mail": "person0@example.test",
        "mobile": "0400000000",
        "tfn": "865414000",
        "shown": "GIVEN0 SURNAME0",
        "centre": "0011",
        "leave": "2024-08-01",
        "written": "01/02/2024",
        "phone": "0299990000",
        "hint": "65414000",
    }
    assert (second["shown"], second["centre"], second["phone"]) == (
        "GIVEN1 SURNAME1 (COOK)",
        "Kitchen",
        "093000000",
    )
    for source_id, employee in dict(hub.source.people).items():
        hub.source.put(source_id, employee)  # another mark, so that everybody is compared
    ended = hub.run()
    assert (ended.counters.unchanged, ended.status) == (3, RunStatus.COMPLETE)
    assert set(ended.decisions().values()) == {Decision.NO_CHANGE}
    assert hub.roster.counted["created"] == 3


def test_a_change_passes_the_steps_and_of_a_secret_nothing_is_shown(hub: DescribedHub) -> None:
    hub.run()
    hub.source.edit("s0", start_date=date(2024, 8, 31), au_tax=AustralianTax(tfn="865417771"))
    row = hub.run().rows["s0"]
    changes = {change["field"]: (change["before"], change["after"]) for change in row.changes or ()}
    assert changes["leave"] == ("2024-08-01", "2025-02-28")
    assert changes["written"] == ("01/02/2024", "31/08/2024")
    assert changes["hint"] == ("•••", "•••")
    assert changes["tfn"] == ("••• 000", "••• 771")


def test_a_value_that_a_step_refuses_is_said_and_the_rest_is_sent(hub: DescribedHub) -> None:
    hub.source.edit("s0", branch="Bar", branch_id="12")
    hub.source.edit("s1", branch="Bar-7")
    hub.source.edit("s2", phone="12-A")
    ended = hub.run()
    by_family = {one["family"]: one for one in hub.roster.people.values()}
    assert by_family.keys() == {"Surname0", "Surname2"}
    assert by_family["Surname0"]["centre"] == "Kitchen"
    [fallback] = ended.rows["s0"].warnings or []
    assert "The first choice for Cost centre was not used: step 2 (zeros) takes digits only." in str(fallback)
    stopped = ended.rows["s1"]
    assert (stopped.decision, stopped.reason) == (Decision.FILTERED, Reason.BAD_FORMAT)
    assert "Cost centre cannot be sent and Roster needs it: step 2 (zeros)" in (stopped.message or "")
    [phone] = ended.rows["s2"].warnings or []
    assert "phone" not in by_family["Surname2"] and "step 1 (phone) cannot read a phone number" in str(phone)
    again = hub.run()
    assert (again.counters.unchanged, again.counters.filtered) == (2, 1)
