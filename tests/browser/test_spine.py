"""An employee travels from enableHR to payroll, seen in the browser and by a script on the server."""

from __future__ import annotations

import json
import re
from collections import Counter
from time import monotonic, sleep
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from harness.launched import Hub, eventually
from harness.receivers import Mailbox, mail_server
from tests.browser import steps

# Why the demo's employees that are not written are not, one of them in the target's own words, who must act, and how.
ERRORS = {
    "More than one bank account exists for the employee. Cannot proceed with exporting this employee · HR must act "
    "What to do: Keep one bank account in enableHR, or enter this employee in iPayroll by hand.",
    "iPayroll refused this employee: Overseas employees are not allowed for this organisation. · Payroll must act "
    "What to do: Correct what the message from iPayroll names and run the job again.",
}
# What the first sync of the demo's 250 employees (the sandbox's seed 1) comes to.
FIRST_SYNC = {"Created": 221, "Filtered": 22, "Errors": 7}
LAW = ("unchanged", "filtered", "held", "written", "errors")


@pytest.fixture(scope="module")
def first_run(hub: Hub) -> dict[str, Any]:
    """Hold what the demo looks like before anything has run."""
    assert steps.runs(hub) == []
    return {"payroll": len(hub.control("payroll")), "people": hub.control("state")["people"]}


def test_the_whole_path_in_the_browser(page: Page, hub: Hub, first_run: dict[str, Any]) -> None:
    steps.sign_in(page, hub)

    steps.open_page(page, "Connections")
    card = page.locator(".st-key-connection-1")
    expect(card.get_by_role("link", name="enableHR → iPayroll", exact=True)).to_be_visible()
    expect(card.get_by_text("Active", exact=True)).to_be_visible()
    expect(card.get_by_text("Connected", exact=True)).to_have_count(2)

    steps.open_page(page, "Jobs")
    run_id = steps.run_now(page)

    steps.open_page(page, "Reports")
    expect(page.get_by_role("link", name=f"#{run_id}", exact=True)).to_be_visible()
    listed = next(row for row in steps.table(page) if row["Job run ID#"] == f"#{run_id}")
    page.get_by_role("link", name=f"#{run_id}", exact=True).click()
    expect(page.get_by_role("heading", name=f"Run #{run_id}")).to_be_visible()
    counters, groups = steps.metrics(page), steps.group_counts(page)

    assert [
        listed[name] for name in ("Records Read", "Record Filtered", "Record Written", "Record Errors")
    ] == [
        f"{counters[name]:,}"
        for name in ("Records Read", "Record Filtered", "Record Written", "Record Errors")
    ]
    assert listed["Type"] == "Manual"
    check_against_the_sandbox(hub, first_run, counters, groups)
    check_the_rows(page, hub, groups)


def check_against_the_sandbox(
    hub: Hub, before: dict[str, Any], counters: dict[str, int], groups: dict[str, int]
) -> None:
    """Compare what iHUB reports with the numbers of seed 1, and with what the two systems say of themselves."""
    state = hub.control("state")
    assert (state["seed"], state["people"]) == (1, 250)
    assert {name: groups[name] for name in FIRST_SYNC} == FIRST_SYNC
    assert counters["Records Read"] == state["people"] == before["people"]
    assert counters["Records Read"] == sum(
        counters[name] for name in ("Record Filtered", "Record Written", "Record Errors", "Unchanged", "Held")
    )
    assert (
        state["counters"]["ipayroll"]["creates"] == groups["Created"] == state["payroll"] - before["payroll"]
    )
    assert counters["Record Written"] == groups["Created"] + groups.get("Updated", 0) + groups.get(
        "Terminated", 0
    )
    assert counters["Record Filtered"] == FIRST_SYNC["Filtered"]
    assert counters["Record Errors"] == FIRST_SYNC["Errors"]


def check_the_rows(page: Page, hub: Hub, groups: dict[str, int]) -> None:
    """Read the rows: filtered ones give a reason, errors the target's words, created ones their target id."""
    expect(page.get_by_role("heading", name="Why employees were not written")).to_be_visible()
    choose(page, "Filtered", groups["Filtered"])
    assert all(
        row["Processor"].startswith("Filtered") and len(row["Message"]) > 1 for row in steps.table(page)
    )
    choose(page, "Errors", groups["Errors"])
    rows = steps.table(page)
    assert len(rows) == groups["Errors"]
    assert {row["Message"].partition(" ⚠")[0] for row in rows} == ERRORS
    choose(page, "Created", groups["Created"])
    rows = steps.table(page)
    known = {str(person["employeeId"]) for person in hub.control("payroll")}
    shown = [row["Target ID"].partition(" ") for row in rows]
    assert shown and {number for number, _, _ in shown} <= known
    assert {matched for _, _, matched in shown} == {"created by iHUB"}


def choose(page: Page, group: str, number: int) -> None:
    """Show one group of employees."""
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name=re.compile(f"^{group} ")).click()
    expect(page.get_by_text(re.compile(f"^{number:,} employees?$"))).to_be_visible()
    word = {"Errors": "Failed|Error"}.get(group, group)
    expect(page.locator("table.hub-table").last.locator("tbody tr").first).to_contain_text(re.compile(word))


def test_analysts_see_reports_and_nothing_else(page: Page, hub: Hub) -> None:
    steps.sign_in(page, hub, "analyst")
    expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    menu = page.get_by_test_id("stSidebarNav")
    expect(menu.get_by_role("link")).to_have_text(
        [re.compile(name) for name in ("Home", "Reports", "People", "To fix", "Alerts", "API tokens")]
    )
    page.goto(f"{hub.url}/Jobs")
    expect(page.get_by_text("Your role does not allow you to see jobs")).to_be_visible()
    expect(page.get_by_role("button", name="Run now")).to_have_count(0)


def test_strangers_see_the_sign_in_form_only(page: Page, hub: Hub) -> None:
    for path in ("/Connections", "/Jobs", "/Reports?run=1"):
        page.goto(hub.url + path)
        expect(page.get_by_role("textbox", name="Password")).to_be_visible()
        expect(page.locator("table.hub-table")).to_have_count(0)


def run_on_the_command_line(hub: Hub) -> dict[str, Any]:
    """Run the demo connection as a script would; return the one object it prints."""
    done = hub.command("run", "1", "--wait", "--json")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    run = {"id", "status", "type", "kind", "started_at", "ended_at", "message"}
    known = {*run, "counters", "need_action", "waits_for", "continues_at", "mapping_version"}
    assert set(answer) == known
    assert answer["waits_for"] is None and answer["mapping_version"] >= 0
    counters = answer["counters"]
    assert counters["read"] == sum(counters[part] for part in LAW)
    assert done.returncode == {"COMPLETE": 0, "ERROR": 1}[answer["status"]]
    return answer


def test_a_second_run_writes_nothing_and_three_changes_make_three_updates(hub: Hub) -> None:
    run_on_the_command_line(hub)  # so that this test also works alone
    writes = hub.control("state")["counters"]["ipayroll"]
    again = run_on_the_command_line(hub)
    assert again["counters"]["written"] == 0

    linked = {person["employeeId"] for person in hub.control("payroll")}
    clean = [
        person
        for person in hub.control("people")
        if person["trait"] == "clean" and person["employeeNumber"] in linked
    ]
    for person in clean[:3]:
        change(hub, person["id"], personalAddress=person["personalAddress"] | {"line1": "1 Wharf Street"})
    third = run_on_the_command_line(hub)["counters"]
    assert (third["updated"], third["created"], third["written"]) == (3, 0, 3)
    after = hub.control("state")["counters"]["ipayroll"]
    assert after["updates"] - writes["updates"] == 3
    assert after["creates"] == writes["creates"]
    assert set(Counter(after["created_per_employee"].values())) == {1}


def change(hub: Hub, person_id: str, **fields: object) -> None:
    """Change somebody in enableHR."""
    requests.patch(
        f"{hub.sandbox_url}/control/people/{person_id}", json=fields, timeout=30
    ).raise_for_status()


def run_rows(hub: Hub) -> dict[str, Any]:
    """Run the demo connection, and return the rows of its report by source id."""
    done = hub.command("run", "1", "--wait", "--json")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report = hub.command("report", str(json.loads(done.stdout)["id"]), "--format", "json")
    return {row["source_id"]: row for row in json.loads(report.stdout)["records"]}


def open_scope(page: Page, hub: Hub) -> None:
    page.goto(f"{hub.url}/Connections?connection=1")
    page.get_by_role("tab", name="Scope").click()
    expect(page.get_by_text("On hold", exact=True)).to_be_visible()


def test_a_branch_narrows_the_next_run_and_a_hold_keeps_somebody_as_they_are(page: Page, hub: Hub) -> None:
    run_rows(hub)
    steps.sign_in(page, hub)
    open_scope(page, hub)
    page.get_by_role("button", name="+ Branch").click()
    expect(page.get_by_role("combobox", name="Values")).to_have_count(2)
    values = page.get_by_role("combobox", name="Values").last
    values.press_sequentially("Kitchens")
    values.press("Enter")
    values.press("Escape")
    expect(page.get_by_text(re.compile(r"^Drop out: \d+$"))).to_be_visible()
    then = int(page.get_by_test_id("stMetricValue").last.inner_text())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 saved.")).to_be_visible()
    rows = run_rows(hub)
    out = [row for row in rows.values() if str(row["processor"]).startswith("Filtered: Not in scope")]
    assert len(rows) - len(out) == then
    inside = next(row for row in rows.values() if row["processor"] == "No change")
    hold_and_release(page, hub, inside["source_id"])


def hold_and_release(page: Page, hub: Hub, source_id: str) -> None:
    done = hub.command("hold", "put", "1", source_id, "--reason", "Pay is being checked")
    assert done.returncode == 0, done.stderr
    assert run_rows(hub)[source_id]["processor"] == "Filtered: On hold"
    open_scope(page, hub)
    expect(page.get_by_text("Pay is being checked")).to_be_visible()
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Nobody is on hold.")).to_be_visible()
    assert run_rows(hub)[source_id]["processor"] == "No change"
    shown = json.loads(hub.command("scope", "show", "1", "--json").stdout)
    assert shown["version"] == 1 and shown["scope"]["all"][1] == {"branch": "Kitchens"}


def choose_mails(page: Page, hub: Hub, mailbox: Mailbox) -> None:
    """Choose what one hears of and where, after an address that is none, and send a test."""
    page.goto(f"{hub.url}/Alerts")
    expect(page.get_by_text("The last run could not write 7 employees.")).to_be_visible()
    page.get_by_role("tab", name="Tell me about").click()
    address = page.get_by_role("textbox", name="E-mail address")
    for text, answer in (("ada@", "Enter one e-mail address"), ("ada@example.com", "Your alerts are saved.")):
        address.fill(text)
        page.get_by_role("button", name="Save", exact=True).first.click()
        expect(page.get_by_text(answer)).to_be_visible()
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text("It answered: 250 2.0.0 queued as 4711")).to_be_visible()
    sent = [(message["To"], message["Subject"]) for message in mailbox.messages]
    # An alert of before may have waited for a mail server.
    assert {address for address, _ in sent} == {"ada@example.com"}, sent
    assert [subject for _, subject in sent].count("[iHUB] Test of Harbour Foods Pty Ltd") == 1, sent


def test_a_bank_account_changed_in_payroll_is_mailed_and_waits_for_a_decision(
    page: Page, hub: Hub, mail_port: int
) -> None:
    run_on_the_command_line(hub)
    inside = {row["target_id"] for row in run_rows(hub).values() if row["processor"] == "No change"}
    employee = next(
        one
        for one in hub.control("payroll")
        if str(one["employeeId"]) in inside and one.get("bankAccountNumber")
    )
    change_in_payroll(hub, employee["employeeId"], bankAccountNumber="38-9000-0000001-00")
    steps.sign_in(page, hub)
    mailbox, told = Mailbox(), "1 value was changed in payroll; somebody has to decide."
    with mail_server(mail_port, mailbox):
        choose_mails(page, hub, mailbox)
        steps.open_page(page, "Jobs")
        steps.run_now(page)
        mails = mailbox.messages
        # An alert that had to wait may be in the same mail.
        eventually(
            lambda: any(told in " ".join(mail.get_content().split()) for mail in mails), "a mail arrives"
        )
    page.goto(f"{hub.url}/To_fix?search={employee['employeeId']}")
    item = page.locator("[class*='st-key-problem-']").filter(has_text="Changed in payroll")
    item.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("iPayroll: ••• 000")).to_be_visible()
    page.get_by_role("button", name="Keep the value in iPayroll").click()
    expect(page.get_by_text("is kept until one of the two changes")).to_be_visible()
    page.goto(f"{hub.url}/To_fix?show=decided")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("waits for a decision again")).to_be_visible()
    page.goto(f"{hub.url}/To_fix?search={employee['employeeId']}")
    item.get_by_role("button", name="Decide").click()
    page.get_by_text(re.compile("^Run .* now$")).click()
    page.get_by_role("button", name="Use the value from enableHR").click()
    expect(page.get_by_text("carries it out")).to_be_visible()
    assert wait_for_account(hub, employee["employeeId"]) == employee["bankAccountNumber"]


def wait_for_account(hub: Hub, employee_id: str) -> str:
    """Return the bank account in payroll once no run is in progress."""
    deadline = monotonic() + 30
    while monotonic() < deadline and steps.runs(hub)[-1]["ended_at"] is None:
        sleep(0.2)
    return next(
        str(one["bankAccountNumber"]) for one in hub.control("payroll") if one["employeeId"] == employee_id
    )


def change_in_payroll(hub: Hub, employee_id: str, **fields: object) -> None:
    """Change somebody in payroll, as a clerk would."""
    address = f"{hub.sandbox_url}/control/payroll/{employee_id}"
    requests.patch(address, json=fields, timeout=30).raise_for_status()
