"""Two tabs and two accounts: each page and each action stays in the account that its tab shows.

One file, because each action of all pages is in one table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core.alerts import states
from core.clock import now
from core.connections import oauth_flow, organisation_choice
from core.connections.organisation_choice import Choice
from core.db import reading, transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.mapping import document as documents
from core.mapping import drafts, versions
from core.models import Connection, Every, Membership, Pairing, Position, Run, RunKind, RunStatus, Side
from core.people import name_index
from core.queue import task_queue
from core.security.actor import OPERATOR, ActingRole, Actor, Permission
from core.security.vault import vault
from core.settings import ROOT, settings
from core.sides import systems
from harness import world
from pages.ui.jobs import schedule_menu
from pages.ui.layout import dialogs, routing, shown_account
from tests.core.people import kept
from tests.core.reports import reported_runs
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person
from tests.pages import test_decisions, test_mapping, test_to_fix, test_whose_value
from tests.pages.conftest import Show, labels, text
from tests.pages.two_tabs import OF_NO_ACCOUNT, READS, TwoTabs, changes_for_nobody, functions_for_somebody
from tests.web.conftest import People

press = test_decisions.press
Drive = Callable[[TwoTabs, int], None]
DRIVEN: dict[str, Drive] = {}
PAGES = {Path(path).stem: permission for path, _, _, permission in routing.PAGES}


@pytest.fixture
def tabs(show: Show, people: People, connection: int, monkeypatch: pytest.MonkeyPatch) -> TwoTabs:
    """Show pages in the first of two tabs."""
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    monkeypatch.setattr(task_queue, "enqueue_mapping_sample", lambda _sample_id: True)
    return TwoTabs(show, people, monkeypatch)


def drives(*names: str) -> Callable[[Drive], Drive]:
    """Say which functions a step calls."""

    def add(drive: Drive) -> Drive:
        DRIVEN.update(dict.fromkeys(names, drive))
        return drive

    return add


@drives("start.run_now")
def _run(tabs: TwoTabs, connection: int) -> None:
    press(tabs.show("Jobs"), "Run now")


@drives("start.compare_all")
def _compare_all(tabs: TwoTabs, connection: int) -> None:
    tabs.show("Jobs").menu_button(key=f"menu {connection}").click("Full compare now").run()


@drives("cancellation.cancel")
def _cancel(tabs: TwoTabs, connection: int) -> None:
    reported_runs.run(connection, RunStatus.RUNNING)
    press(tabs.show("Jobs"), "Stop this run")


@drives("start.sync_selected")
def _sync_selected(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("Reports", run=reported_runs.whole_run(connection))
    next(box for box in test.multiselect if box.label == "Employees").select("S4").run()
    press(test, "Sync this person")


@drives("start.sync_records")
def _sync_records(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("Reports", run=reported_runs.whole_run(connection))
    next(button for button in test.button if button.label.startswith("Retry all ")).click().run()


@drives("start.sync_problems")
def _sync_problems(tabs: TwoTabs, connection: int) -> None:
    hub = Hub(connection)
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    hub.run()
    press(tabs.show("To_fix"), "Sync this person again")


@drives("schedules.create", "schedules.announce", "schedules.announce_starts")
def _schedule(tabs: TwoTabs, connection: int) -> None:
    test = press(tabs.show("Jobs"), "Create schedule")
    test.button(key="save schedule").click().run()


def _from_menu(tabs: TwoTabs, connection: int, entry: str, confirmation: str) -> AppTest:
    """Schedule the job, and use an entry of its menu."""
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, tabs.people.admin, tabs.people.account)
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    tabs.done.clear()
    test = tabs.show("Jobs").menu_button(key=f"menu {connection}").click(entry).run()
    about = (connection, "enableHR → iPayroll", schedules.active_schedule(admin, connection))
    test.session_state[dialogs.WANTED] = schedule_menu.DIALOGS[entry], about
    return test.button(key=confirmation).click().run()


@drives("schedules.cancel", "schedule_changes.restore")
def _cancel_schedule(tabs: TwoTabs, connection: int) -> None:
    test = _from_menu(tabs, connection, schedule_menu.CANCEL, "cancel schedule")
    test.button(key=f"undo {connection}").click().run()


@drives("schedule_changes.pause", "schedule_changes.resume")
def _pause_schedule(tabs: TwoTabs, connection: int) -> None:
    test = _from_menu(tabs, connection, schedule_menu.PAUSE, "pause schedule")
    test.menu_button(key=f"menu {connection}").click(schedule_menu.RESUME).run()


@drives("schedule_changes.change")
def _change_schedule(tabs: TwoTabs, connection: int) -> None:
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, tabs.people.admin, tabs.people.account)
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    tabs.done.clear()
    test = tabs.show("Jobs").menu_button(key=f"menu {connection}").click(schedule_menu.CHANGE).run()
    schedule = schedules.active_schedule(admin, connection)
    wanted = "change_schedule", (connection, "enableHR → iPayroll", schedule)
    test.session_state[dialogs.WANTED] = wanted
    next(box for box in test.selectbox if box.label == "How often").select(Every.WEEKDAY).run()
    test.session_state[dialogs.WANTED] = wanted
    test.button(key="save schedule").click().run()


@drives("accounts.change_time_zone")
def _time_zone(tabs: TwoTabs, _connection: int) -> None:
    tabs.show("Jobs")
    test = AppTest.from_string("from pages.ui.layout import time_zones\ntime_zones.ask_time_zone()")
    test.query_params["account"] = str(tabs.people.account)
    test.run().selectbox(key="account time zone").select("Pacific/Auckland").run()
    test.button(key="save time zone").click().run()


@drives("limits.change_limits")
def _limits(tabs: TwoTabs, connection: int) -> None:
    press(tabs.show("Jobs").menu_button(key=f"menu {connection}").click("Limits").run(), "Save")


@drives("connections.create")
def _add(tabs: TwoTabs, _connection: int) -> None:
    test = tabs.show("Connections")
    test.session_state["add source"], test.session_state["add target"] = "enablehr", "ipayroll"
    test = press(test, "Add connection")
    next(
        button for button in test.button if button.label == "Add connection"
    ).click()  # keeps the dialog open
    press(test, "Add")
    with reading() as session:
        assert session.scalars(select(Connection.account_id)).all() == [tabs.people.account] * 2


@drives("connections.change_settings")
def _settings(tabs: TwoTabs, connection: int) -> None:
    press(tabs.show("Connections", connection=connection, tab="settings"), "Test and save")


def _file_source(tabs: TwoTabs, connection: int) -> AppTest:
    """Show the settings of the connection, whose source is now files in the account's folder."""
    root = settings().home / "files"
    folder = root / str(tabs.people.account)
    folder.mkdir(parents=True)
    (folder / "employees.csv").write_text("No,Family name\n1,Ngo\n")
    tabs.monkeypatch.setenv("IHUB_FILES", str(root))
    settings.cache_clear()
    with transaction() as session:
        side = session.scalars(
            select(Side).filter_by(connection_id=connection, position=Position.SOURCE)
        ).one()
        side.kind, side.settings, side.organisation_id = "employee_files", {}, None
        side.credentials = vault().seal({})
    return tabs.show("Connections", connection=connection, tab="settings")


@drives("employee_files.choose_columns")
def _columns(tabs: TwoTabs, connection: int) -> None:
    press(_file_source(tabs, connection), "Save columns")


@drives("employee_files.upload_file")
def _upload(tabs: TwoTabs, connection: int) -> None:
    test = _file_source(tabs, connection)
    test.file_uploader[0].set_value(("employees-2.csv", b"No,Family name\n2,Lee\n", "text/csv"))
    press(test, "Upload")


@drives("connections.check_side")
def _check(tabs: TwoTabs, connection: int) -> None:
    press(tabs.show("Connections", connection=connection, tab="systems"), "Check now")


@drives("connections.delete")
def _delete(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("Connections").button(key=f"delete {connection}").click().run()
    press(test, "Delete")


@drives("connect.connect_or_choose")
def _key(tabs: TwoTabs, connection: int) -> None:
    with transaction() as session:
        session.get_one(Connection, connection).sides[1].kind = "keypay"
    press(press(tabs.show("Connections"), "Reconnect"), "Test and save")


@drives("oauth_flow.choose")
def _organisation(tabs: TwoTabs, connection: int) -> None:
    with reading() as session:
        side = session.get_one(Connection, connection).sides[0].id
    test = tabs.show("Connections", connection=connection, choose=side)
    test.radio[0].set_value(test.radio[0].options[0]).run()
    press(test, "Connect this organisation")


@drives("approvals.approve")
def _approve(tabs: TwoTabs, connection: int) -> None:
    press(press(tabs.show("Reports", run=_held(connection)), "Apply all (2)"), "Apply")


@drives("approvals.reject")
def _reject(tabs: TwoTabs, connection: int) -> None:
    press(press(tabs.show("Reports", run=_held(connection)), "Discard"), "Discard")


def _held(connection: int) -> int:
    hub = Hub(connection)
    hub.fill(2)
    return hub.run(RunKind.PREVIEW).id


@drives("match_decisions.link", "match_decisions.unlink", "match_decisions.undo")
def _match(tabs: TwoTabs, connection: int) -> None:
    _, run_id = test_decisions.waiting_run(connection)
    test = press(tabs.show("Reports", run=run_id), "Link")
    test = test_decisions.confirm(press(test, "Unlink"), "Unlink")
    press(test, "Undo")


@drives("erasure.erase")
def _erase(tabs: TwoTabs, connection: int) -> None:
    hub = Hub(connection)
    hub.fill(1)
    name_index.refresh_after(hub.run().id)
    test = press(tabs.show("People", connection=connection, person="s0"), "Erase…")
    press(test, "Erase for good")


@drives("match_decisions.link_to")
def _link_to(tabs: TwoTabs, connection: int) -> None:
    hub = Hub(connection)
    hub.source.put("s0", person(0, start_date=None))
    hub.target.adopt("P7", person(7))
    name_index.refresh_after(hub.run().id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(systems, "load_system_pair", lambda _: hub.systems(connection))
        test = press(tabs.show("People", connection=connection, person="s0"), "Link to…")
        field = next(each for each in test.text_input if each.label == "Name, employee number or id")
        field.set_value("P7")
        press(press(test, "Search"), "Link to P7")


@drives("match_decisions.create_new")
def _create_new(tabs: TwoTabs, connection: int) -> None:
    _, run_id = test_decisions.waiting_run(connection)
    test_decisions.confirm(press(tabs.show("Reports", run=run_id), "Create new"), "Create new")


@drives("match_decisions.confirm_several")
def _confirm(tabs: TwoTabs, connection: int) -> None:
    hub = Hub(connection, target=FakeTarget(chosen_ids=False))
    for number in range(2):
        hub.source.put(f"s{number}", person(number))
        hub.target.adopt(f"T{number}", person(number), tax=None, email=None, birth=None)
    test = press(tabs.show("Reports", run=hub.run().id), "These are the same people (2)")
    press(test, "Link them")


@drives("samples.request", "previews.start", "versions.save")
def _save_mapping(tabs: TwoTabs, connection: int) -> None:
    _draft(tabs, connection)
    test = tabs.show("Connections", connection=connection, tab="mapping")
    next(each for each in test.multiselect if each.label.startswith("Show the values")).set_value(["a"]).run()
    test = press(press(test, "Show values"), "Preview")
    next(each for each in test.button if str(each.key).startswith("ask save mapping")).click().run()
    press(test, "Save this version")


@drives("drafts.discard", "drafts.rebase")
def _rebase_mapping(tabs: TwoTabs, connection: int) -> None:
    _draft(tabs, connection)
    theirs = documents.from_json({"connector": "ipayroll", "people": {"exclude": ["a"]}})
    versions.save(replace(OPERATOR, account_id=tabs.people.account), connection, theirs, based_on=0)
    test = press(tabs.show("Connections", connection=connection, tab="mapping"), "Continue from version 1")
    next(each for each in test.button if str(each.key).startswith("ask discard mapping")).click().run()
    press(test, "Discard the draft")


@drives("versions.import_yaml", "versions.restore")
def _restore_mapping(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("Connections", connection=connection, tab="mapping")
    area = next(each for each in test.text_area if each.label == "Or paste it")
    area.set_value("connector: ipayroll\nfields: [{name: title, value: Dr}]\n")
    test = press(test, "Import")
    next(each for each in test.selectbox if each.label == "Version").select(0).run()
    next(each for each in test.button if str(each.key).startswith("ask restore")).click().run()
    next(each for each in test.button if str(each.key).startswith("confirm restore")).click().run()


@drives("editor.apply")
def _field_drawer(tabs: TwoTabs, connection: int) -> None:
    tabs.show("Connections", connection=connection)
    test = AppTest.from_function(test_mapping.field_drawer, args=(connection, "title"), default_timeout=30)
    test.query_params["account"] = str(tabs.people.account)
    next(each for each in test.run().selectbox if each.label.startswith("Where does")).select("value").run()
    next(each for each in test.text_input if each.label == "Value for everybody").set_value("Dr").run()
    press(test, "Apply")


@drives("value_maps.map_value")
def _map_value(tabs: TwoTabs, connection: int) -> None:
    kept.keep(
        connection,
        kept.entry("a", person(1), problems=[test_mapping.GENDER], unmapped=[test_mapping.NON_BINARY]),
    )
    test = tabs.show("Connections", connection=connection, tab="readiness")
    next(each for each in test.selectbox if "is sent as" in each.label).select("Female").run()
    press(press(test, "Map"), "Map it and match this way")


@drives("full_effect.start")
def _read_everybody(tabs: TwoTabs, connection: int) -> None:
    kept.keep(connection, kept.entry("a"))
    asks = documents.from_json(
        {"connector": "ipayroll", "scope": {"all": [{"at": "position", "is": ["Cook"]}]}}
    )
    versions.save(replace(OPERATOR, account_id=tabs.people.account), connection, asks, based_on=0)
    press(tabs.show("Connections", connection=connection, tab="scope"), "Read all employees")


def _draft(tabs: TwoTabs, connection: int) -> None:
    document = documents.from_json({"connector": "ipayroll", "fields": [{"name": "title", "value": "Dr"}]})
    actor = Actor("alex", ActingRole.ACCOUNT_ADMIN, tabs.people.admin, tabs.people.account)
    drafts.put(actor, connection, document, based_on=0)


@drives("decisions.put_off")
def _put_off(tabs: TwoTabs, connection: int) -> None:
    press(_problem(tabs, connection), "Put off")


@drives("decisions.ignore")
def _ignore(tabs: TwoTabs, connection: int) -> None:
    press(_problem(tabs, connection), "Ignore")


@drives("decisions.show_again")
def _show_again(tabs: TwoTabs, connection: int) -> None:
    press(_problem(tabs, connection), "Put off")
    press(tabs.show("To_fix", show="put off"), "Show again")


@drives("decisions.assign", "decisions.comment")
def _look_after(tabs: TwoTabs, connection: int) -> None:
    press(_problem(tabs, connection), "Assign")
    press(test_to_fix.decide(tabs.show("To_fix")), "Save note")


@drives("start.preview_person")
def _preview_person(tabs: TwoTabs, connection: int) -> None:
    hub = Hub(connection)
    hub.fill(1)
    hub.run()
    press(tabs.show("People", connection=connection, person="s0"), "Ask now")


@drives("field_decisions.decide", "field_decisions.take_back")
def _decide_field(tabs: TwoTabs, connection: int) -> None:
    test_whose_value.change_bank_account(connection)
    press(press(tabs.show("To_fix"), "Decide"), "Keep the value in iPayroll")
    press(tabs.show("To_fix", show="decided"), "Take back")


@drives("first_changes.decide")
def _first_changes(tabs: TwoTabs, connection: int) -> None:
    with transaction() as session:
        session.execute(update(Pairing).values(first_changes_decided_at=None))
    test = tabs.show("Reports", run=test_whose_value.first_hub(connection).run().id)
    test_decisions.confirm(press(test, "Decide and run"), "Run")


@drives("current.read_branches")
def _branches(tabs: TwoTabs, connection: int) -> None:
    test = press(tabs.show("Connections", connection=connection, tab="scope"), "+ Branch")
    press(test, "Read the branches")


@drives("saving.save_scope")
def _scope(tabs: TwoTabs, connection: int) -> None:
    test = press(tabs.show("Connections", connection=connection, tab="scope"), "+ Employment type")
    next(each for each in test.multiselect if "employment_type" in str(each.key)).set_value(["Casual"]).run()
    press(test, "Save")


@drives("api_tokens.create_token", "api_tokens.revoke_token")
def _api_token(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("API_tokens")
    next(box for box in test.text_input if box.label == "Name").input("Power BI")
    press(press(press(test, "Create token"), "Revoke"), "Revoke the token")


@drives("holds.put", "holds.release")
def _hold(tabs: TwoTabs, connection: int) -> None:
    kept.keep(connection, kept.entry("a"))
    test = tabs.show("Connections", connection=connection, tab="scope")
    next(each for each in test.selectbox if each.label == "Employee").select("a")
    next(each for each in test.text_input if each.label == "Reason").set_value("Pay is being checked")
    press(press(test, "Put on hold"), "Release")


@drives("choices.save_preferences", "choices.send_test_mail", "feed.mark_seen")
def _choose_alerts(tabs: TwoTabs, connection: int) -> None:
    reported_runs.whole_run(connection)
    states.refresh()
    press(press(tabs.show("Alerts"), "Save"), "Send me a test")


@drives("webhooks.remove_webhook", "webhooks.save_webhook", "webhooks.send_test_call")
def _webhook(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("Alerts")
    next(box for box in test.text_input if box.label == "A run has started").input("http://127.0.0.1:9/start")
    test = [button for button in test.button if button.label == "Save"][-1].click().run()
    press(press(test, "Test start"), "Remove start")


@drives("stored.remove", "stored.save")
def _pay_calendar(tabs: TwoTabs, connection: int) -> None:
    test = tabs.show("Connections", connection=connection, tab="pay days")
    next(box for box in test.selectbox if box.label.startswith("How often")).select(
        "On dates that I paste"
    ).run()
    test.text_area[0].set_value(f"{(now() + timedelta(days=9)).date()}").run()
    press(press(test, "Save pay calendar"), "Remove pay calendar")


def _problem(tabs: TwoTabs, connection: int) -> AppTest:
    hub = Hub(connection)
    hub.fill(2)
    hub.source.edit("s0", start_date=None)
    hub.run()
    return test_to_fix.decide(tabs.show("To_fix"))


def test_each_function_that_the_pages_call_for_somebody_is_tried() -> None:
    actions = functions_for_somebody().keys() - READS - OF_NO_ACCOUNT
    assert actions == {name for name in DRIVEN if name in actions}, actions - DRIVEN.keys()
    assert len(actions) > 20 and functions_for_somebody().keys() >= READS | OF_NO_ACCOUNT


def test_what_pages_change_they_change_for_somebody() -> None:
    signing_in = {"local.issue_ticket", "local.sign_in", "enablehr_password.sign_in"}
    assert changes_for_nobody() == signing_in, "only who signs in is nobody yet"


@pytest.mark.parametrize("name", sorted(DRIVEN))
def test_each_action_is_done_in_the_account_that_its_tab_shows(
    tabs: TwoTabs, connection: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "oauth_flow.choose":
        monkeypatch.setattr(organisation_choice, "choices", lambda *_: [Choice("8", "Harbour")])
    DRIVEN[name](tabs, connection)
    assert name in dict(tabs.done) or name not in functions_for_somebody(), tabs.done
    assert {account for _, account in tabs.done} <= {tabs.people.account}
    with reading() as session:
        elsewhere = select(Connection).where(Connection.account_id == tabs.people.other_account)
        assert session.scalars(elsewhere).all() == []


def test_the_pages_of_the_menu_are_all_pages() -> None:
    assert PAGES.keys() == {path.stem for path in (ROOT / "pages").glob("[A-Z]*.py")}


@pytest.mark.parametrize(
    ("page", "detail"),
    [*((page, "") for page in PAGES), ("Reports", "run"), ("Connections", "connection")],
)
@pytest.mark.parametrize("person", ["admin", "support"])
def test_each_page_stays_in_the_account_of_its_tab(
    tabs: TwoTabs, connection: int, page: str, detail: str, person: str
) -> None:
    other = world.active_connection(tabs.people.other_account, "enablehr", "keypay")
    run_id, _ = (reported_runs.whole_run(each) for each in (connection, other))
    query = {"run": run_id} if detail == "run" else {"connection": connection} if detail else {}
    test = tabs.show(page, getattr(tabs.people, person), **query)
    before = text(test), labels(test)
    assert (text(test.run()), labels(test)) == before and not test.exception
    assert test.session_state[shown_account.SHOWN] == tabs.people.account
    refused = person == "admin" and PAGES[page] is Permission.MANAGE_ACCESS
    assert bool(test.error and "does not allow" in test.error[0].value) is refused
    assert "keypay" not in before[0].lower() or PAGES[page] is Permission.MANAGE_ACCESS


def test_a_run_that_was_started_is_found_after_another_account_was_chosen(
    tabs: TwoTabs, connection: int
) -> None:
    test = press(tabs.show("Jobs"), "Run now")
    with transaction() as session:
        run = session.scalars(select(Run)).one()
        run.status, run.message = RunStatus.COMPLETE, "All done."
    assert f"Run #{run.id}: COMPLETE." in text(test.run()) and "There is no such" not in text(test)


def test_a_link_that_names_no_account_opens_in_the_account_of_what_it_names(
    show: Show, tabs: TwoTabs, connection: int
) -> None:
    run_id = reported_runs.whole_run(connection)
    for page, query in (("Reports", {"run": run_id}), ("Connections", {"connection": connection})):
        test = show(page, tabs.people.admin, tabs.people.other_account, **query)
        assert "There is no such" not in text(test)
        assert test.session_state[shown_account.SHOWN] == tabs.people.account


def test_an_export_is_of_the_account_shown_also_when_another_is_added_later(
    show: Show, people: People
) -> None:
    assert f"/export/audit.csv?account={people.account}" in text(show("Audit", people.admin))


def test_links_exports_and_the_way_to_another_system_carry_the_account(
    show: Show, tabs: TwoTabs, connection: int
) -> None:
    page = text(tabs.show("Connections"))
    assert f"account={tabs.people.account}" in page
    assert f"/oauth/start/1?account={tabs.people.account}" in page


def test_a_tab_whose_role_was_revoked_says_so_and_does_nothing_elsewhere(
    tabs: TwoTabs, connection: int
) -> None:
    test = tabs.show("Jobs")
    with transaction() as session:
        row = select(Membership).where(
            Membership.user_id == tabs.people.admin, Membership.account_id == tabs.people.account
        )
        session.delete(session.scalars(row).one())
    for _ in range(2):
        test.button[0].click() if test.button else None
        assert [error.value for error in test.run().error] == [shown_account.NO_ROLE]
    assert not tabs.done
    link: Any = text(test)
    assert 'href="/"' in link


def test_a_callback_connects_in_the_account_of_its_connection(people: People, connection: int) -> None:
    assert oauth_flow.account_of("unknown") is None
    with transaction() as session:
        side_id = session.get_one(Connection, connection).sides[0].id
        state, _ = oauth_flow.STATES.issue(session, "a session", side_id=side_id)
    assert oauth_flow.account_of(state) == people.account
