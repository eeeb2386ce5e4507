"""The Mapping tab of a connection: the draft, the drawer of a field, versions, and values without a match.

One file, because all of it is one tab and shares its helpers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Selectbox

from connectors.contract.records import Problem, Reason, Unmapped
from connectors.mapping.steps import Step
from core.db import reading, transaction
from core.errors import InvalidError
from core.jobs import start
from core.mapping import document as documents
from core.mapping import drafts, samples, versions, views
from core.mapping.document import MappingDocument
from core.mapping.samples import Sample, SampleField, SamplePerson
from core.mapping_editor import editor, value_maps
from core.mapping_editor.value_maps import ValueMatch
from core.models import Audit, Connection, MappingPreview, Run, RunKind, RunStatus, Trigger
from core.queue import task_queue
from core.security.actor import OPERATOR, ActingRole, Actor
from pages.ui.mapping import samples_panel, step_form
from pages.ui.mapping.step_words import STEPS, Entry
from tests.core.people.kept import entry, keep
from tests.core.sync.fakes import person
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People

GENDER = Problem(Reason.NO_VALUE_MAP, "There is none.", "Gender", name="gender")
NON_BINARY = Unmapped("gender", "Gender", "Non_Binary")
TITLE = {"connector": "ipayroll", "fields": [{"name": "title", "value": "Dr"}]}


@pytest.fixture
def admin(people: People) -> Actor:
    return Actor("alex", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    monkeypatch.setattr(task_queue, "enqueue_mapping_sample", lambda _sample_id: True)


def button(test: AppTest, label: str) -> Button:
    return next(each for each in test.button if each.label == label)


def box(test: AppTest, label: str) -> Selectbox[Any]:
    return next(each for each in test.selectbox if each.label == label)


def said(actor: Actor, connection: int, name: str) -> dict[str, Any] | None:
    """Return what the actor's draft says of a field."""
    draft = drafts.get(actor, connection)
    fields = documents.to_json(draft.document).get("fields", []) if draft is not None else []
    return next((field for field in fields if field["name"] == name), None)


def field_drawer(connection_id: int, name: str) -> None:
    """Draw the drawer of a field: the test runner takes this function out of its module."""
    from typing import Any, cast

    from pages.ui.mapping import field_drawer

    cast(Any, field_drawer.edit_field).__wrapped__(connection_id, name)


def drawer(show: Show, people: People, connection: int, name: str) -> AppTest:
    """Show the drawer of a field by itself: the test runner does not keep a dialog open."""
    show("Connections", people.admin, connection=connection)

    return AppTest.from_function(field_drawer, args=(connection, name), default_timeout=30).run()


def test_every_step_and_every_argument_can_be_entered(show: Show, people: People, connection: int) -> None:
    assert STEPS.keys() == Step.model_fields.keys()
    for name, field in Step.model_fields.items():
        model = next((each for each in get_args(field.annotation) if hasattr(each, "model_fields")), None)
        arguments = {each.alias or key for key, each in model.model_fields.items()} if model else None
        if arguments is not None:
            assert {each.name for each in STEPS[name].arguments} == arguments, name
    test = drawer(show, people, connection, "preferredName")
    for name, words in STEPS.items():
        box(test, "Do something to the value").select(name).run()
        button(test, "Add step").click().run()
        assert "Something went wrong" not in text(test), name
        assert f"1. {words.label}" in text(test)
        next(each for each in test.button if str(each.help) == f"Remove {words.label}").click().run()


@pytest.mark.parametrize("name", [name for name, words in STEPS.items() if words.arguments])
def test_a_step_as_it_is_offered_can_be_read_once_its_texts_are_filled_in(name: str) -> None:
    examples: dict[str, dict[str, Any]] = {
        "replace": {"pairs": [{"find": "&", "with": "and"}]},
        "part": {"by": "-"},
        "cut": {"first": 3},
        "zeros": {"to": 6},
        "join": {"with": "; "},
        "shift": {"days": 1},
        "times": {"by": "100"},
        "yes_no": {"yes": ["Y"], "no": ["N"]},
        "date": {"reads": ["%d.%m.%Y"]},
    }
    given = examples.get(name, {})
    written = step_form._written(name, given)
    assert Step.model_validate(written).name == name
    assert step_form._written(*step_form._split(written)) == written
    for argument in STEPS[name].arguments:  # each choice is one that a file may have
        if argument.entry is Entry.CHOICE:
            for choice in argument.choices:
                if choice != "" and (name, argument.name, choice) != ("number", "thousands", "."):
                    Step.model_validate(step_form._written(name, given | {argument.name: choice}))


def test_a_custom_field_and_a_constant_go_into_the_draft(
    show: Show, people: People, connection: int, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawer(show, people, connection, "preferredName")
    box(test, "Where does the value come from?").select("from").run()
    picker = next(each for each in test.multiselect if each.label.startswith("Values"))
    assert picker.value == ["preferred_name"]
    picker.set_value(["preferred_name", "custom.nickname"]).run()
    box(test, "Do something to the value").select("name_case").run()
    button(test, "Add step").click().run()
    button(test, "Apply").click().run()
    assert said(admin, connection, "preferredName") == {
        "name": "preferredName",
        "from": ["preferred_name", "custom.nickname"],
        "steps": [{"name_case": {"of": "given", "particles": "lower"}}],
    }
    test = drawer(show, people, connection, "title")
    box(test, "Where does the value come from?").select("value").run()
    assert button(test, "Apply").disabled and "Enter the value" in text(test)
    next(each for each in test.text_input if each.label == "Value for everybody").set_value("Dr").run()
    button(test, "Apply").click().run()
    assert said(admin, connection, "title") == {"name": "title", "value": "Dr"}
    page = show("Connections", people.admin, connection=connection, tab="mapping")
    assert "draft: 2 changes" in text(page)
    assert "Preferred name, else Nickname; with the steps name as people write it" in text(page)
    button(page, "Check").click().run()
    assert "Everything fits" in text(page)
    with monkeypatch.context() as patch:
        patch.setattr(views, "misfits_by_field", lambda *_: [("title", "`custom.tags` is a list.")])
        page = show("Connections", people.admin, connection=connection, tab="mapping")
        button(page, "Check").click().run()
        assert "The draft can be saved, but no run starts before this is corrected:" in text(page)
        assert "`custom.tags` is a list." in text(page) and "Everything fits" not in text(page)
    test = drawer(show, people, connection, "title")
    button(test, "Back to the connector file").click().run()
    assert said(admin, connection, "title") is None and said(admin, connection, "preferredName")


WAYS: dict[str, dict[str, Any]] = {
    "cases": {
        "cases": [
            {"when": {"at": "employment_type", "is": ["Casual"]}, "value": "Casual"},
            {"when": {"at": "position", "there": True}, "template": "{position}[ ({branch})]"},
        ],
        "else": {"from": "title"},
    },
    "levels": {
        "value": "Dr",
        "when": {"not": {"any": [{"at": "status", "is": ["Leave"]}, {"at": "title", "empty": True}]}},
        "otherwise": "clear",
    },
    "shaped": {
        "steps": ["tidy", {"replace": [{"find": "&", "with": "and", "whole": True}]}, {"case": "upper"}],
        "map": {"DR": "Doctor"},
        "unmapped": "keep",
        "default": "None",
        "default_only_on_create": True,
    },
    "unsent": {"send": False},
    "owned": {"owner": "once", "also_when_blank": True, "only_on_create": False},
    "other keys": {"value": "Dr", "max_length": 20},
}


@pytest.mark.parametrize("way", WAYS)
def test_applying_a_field_as_it_is_changes_nothing(
    show: Show, people: People, connection: int, admin: Actor, way: str
) -> None:
    document = documents.from_json(
        {
            "connector": "ipayroll",
            "fields": [{"name": "title", **WAYS[way]}, {"name": "email", "send": False}],
        }
    )
    before = documents.to_json(document)["fields"]
    drafts.put(admin, connection, document, based_on=0)
    test = drawer(show, people, connection, "title")
    assert not button(test, "Apply").disabled, text(test)
    button(test, "Apply").click().run()
    kept = said(admin, connection, "title")
    usual = {"only_on_create": False}  # what the file says too
    assert kept == {key: value for key, value in before[0].items() if usual.get(key) is not value}
    assert said(admin, connection, "email") == before[1]


def test_the_drawer_asks_for_values_without_a_match(show: Show, people: People, connection: int) -> None:
    keep(connection, entry("a", person(1), problems=[GENDER], unmapped=[NON_BINARY]))
    test = drawer(show, people, connection, "gender")
    assert "“Non-binary (Non_Binary)” (1 employee) is sent as" in [
        each.label.replace("\\", "") for each in test.selectbox
    ]


def test_support_and_a_version_in_the_address(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    versions.save(admin, connection, documents.from_json(TITLE), "Titles", based_on=0)
    test = show(
        "Connections", people.support, people.account, connection=connection, tab="mapping", version=1
    )
    shown = text(test)
    assert "Version 1, by" in shown.replace("**", "") and "Titles" in shown and "Always Dr" in shown
    assert box(test, "To").value == 1 and box(test, "From").value == 0
    assert not {"Save", "Check", "Preview", "Discard", "Restore", "Import", "Show values", "Title"} & set(
        labels(test)
    )


def test_a_draft_is_saved_with_what_it_changes_said_first(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    editor.apply(admin, connection, "title", {"value": "Dr"})
    test = show("Connections", people.admin, connection=connection, tab="mapping")
    mapping_save(test).click().run()
    assert "no preview of this draft has ended" in text(test)
    preview(connection, documents.from_json(TITLE))
    test.run()
    assert "0 would be updated, of which 0 only because of the mapping" in text(test)
    next(each for each in test.text_input if each.key == f"note mapping {connection}").set_value("Titles")
    button(test, "Save this version").click().run()
    found = versions.get(admin, connection)
    assert (found.number, found.note, drafts.get(admin, connection)) == (1, "Titles", None)
    assert "Version 1 saved" in text(test)


def mapping_save(test: AppTest) -> Button:
    """Return the button that asks before a draft is saved."""
    return next(each for each in test.button if str(each.key).startswith("ask save mapping"))


def preview(connection: int, document: MappingDocument) -> None:
    """Store a preview of a document that has ended."""
    with transaction() as session:
        run = Run(
            account_id=session.get_one(Connection, connection).account_id,
            connection_id=connection,
            kind=RunKind.PREVIEW,
            trigger=Trigger.MANUAL,
            status=RunStatus.COMPLETE,
        )
        session.add(run)
        session.flush()
        session.add(
            MappingPreview(
                run_id=run.id,
                document=documents.to_json(document),
                digest=documents.digest(document),
                based_on=0,
                only_by_mapping=0,
            )
        )


def test_a_field_that_identifies_people_asks_twice(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    editor.apply(admin, connection, "firstNames", {"from": ["preferred_name", "first_name"]})
    test = show("Connections", people.admin, connection=connection, tab="mapping")
    mapping_save(test).click().run()
    button(test, "Save this version").click().run()
    assert "employees are matched by this" in text(test) and versions.get(admin, connection).number == 0
    button(test, "Save this version").click().run()
    assert versions.get(admin, connection).number == 0
    next(each for each in test.checkbox if each.label == "Yes, match employees this way").check()
    button(test, "Save this version").click().run()
    assert versions.get(admin, connection).number == 1


def test_two_people_change_the_same_field_and_choose(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    editor.apply(admin, connection, "title", {"value": "Mine"})
    editor.apply(admin, connection, "email", {"send": False})
    other = replace(OPERATOR, account_id=people.account)
    theirs = documents.from_json({"connector": "ipayroll", "fields": [{"name": "title", "value": "Theirs"}]})
    versions.save(other, connection, theirs, "Theirs first", based_on=0)
    test = show("Connections", people.admin, connection=connection, tab="mapping")
    assert "saved version 1" in text(test) and mapping_save(test).disabled
    test.radio[0].set_value("Theirs").run()
    button(test, "Continue from version 1").click().run()
    draft = drafts.get(admin, connection)
    assert draft is not None and draft.based_on == 1
    assert said(admin, connection, "title") == {"name": "title", "value": "Theirs"}
    assert said(admin, connection, "email") == {"name": "email", "send": False}
    assert not mapping_save(test).disabled


def test_an_import_with_faults_says_the_lines_and_takes_nothing(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = show("Connections", people.admin, connection=connection, tab="mapping")
    area = next(each for each in test.text_area if each.label == "Or paste it")
    area.set_value("connector: ipayroll\nfields:\n- {name: titel, value: Dr}\n")
    button(test, "Import").click().run()
    assert "Line 3" in text(test) and "Did you mean title?" in text(test).replace("`", "")
    assert versions.get(admin, connection).number == 0
    area = next(each for each in test.text_area if each.label == "Or paste it")
    area.set_value("connector: ipayroll\nfields:\n- {name: title, value: Dr}\n")
    button(test, "Import").click().run()
    assert versions.get(admin, connection).number == 1
    box(test, "Version").select(0).run()
    button(test, "Restore").click().run()
    next(each for each in test.button if str(each.key).startswith("confirm restore")).click().run()
    assert versions.get(admin, connection).number == 2


def test_three_employees_are_shown_with_what_would_be_sent(
    show: Show, people: People, connection: int, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(connection, entry("a", person(1, first_name="Zoe")), entry("bb", person(2)))
    test = show("Connections", people.admin, connection=connection, tab="mapping")
    field = SampleField("title", (("title", "Ms"),), "Dr", is_sent=True, held="Ms", is_shown=True)
    read = SamplePerson("a", "Zoe", (field,), warnings=("Look at it.",), is_linked=True)
    monkeypatch.setattr(samples, "get", lambda _actor, number: Sample(number, (read,), None))
    picker = next(each for each in test.multiselect if each.label.startswith("Show the values"))
    picker.set_value(["a"]).run()
    button(test, "Show values").click().run()
    assert "Zoe: <b>Dr</b> <span class='hub-quiet'>(now <b>Ms</b>)" in text(test)
    assert "Zoe: Look at it." in text(test)


def test_the_values_after_each_step_are_shown_in_words() -> None:
    steps = (("tidy", "Ms <x>"), ("case", "MS <X>"), ("cut", None))
    field = SampleField(
        "title", (("title", " Ms"),), "MS", is_sent=True, held=None, is_shown=True, steps=steps
    )
    assert samples_panel.steps_html(field) == (
        "<b> Ms</b> → Tidy spaces: <b>Ms &lt;x&gt;</b> → Capitals and small letters: <b>MS &lt;X&gt;</b>"
        " → First or last characters: <i>blank</i>"
    )


def test_a_value_is_mapped_in_one_click_and_the_waiting_people_are_synced(
    show: Show, people: People, connection: int, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(
        connection,
        *(entry(each, person(len(each)), problems=[GENDER], unmapped=[NON_BINARY]) for each in ("a", "bb")),
    )
    started: list[list[str]] = []

    def sync_selected(_actor: Actor, _connection_id: int, source_ids: list[str]) -> int:
        started.append(source_ids)
        return 7

    monkeypatch.setattr(start, "sync_selected", sync_selected)
    test = show("Connections", people.admin, connection=connection, tab="readiness")
    assert "Non_Binary" in text(test)
    picker = next(each for each in test.selectbox if "is sent as" in each.label)
    picker.select("Female").run()
    button(test, "Map").click().run()
    assert "employees are matched by this" in text(test)
    button(test, "Map it and match this way").click().run()
    version = versions.get(admin, connection)
    [field] = documents.to_json(version.document)["fields"]
    assert field == {"name": "gender", "map": {"Male": "Male", "Female": "Female", "Non_Binary": "Female"}}
    assert "Mapped to “Female”" in text(test)
    button(test, "Sync these 2 employees").click().run()
    assert started == [["a", "bb"]]
    with reading() as session:
        assert session.scalars(select(Audit.action)).all().count("mapping.save") == 1


def test_nobody_can_map_a_value_of_a_field_without_a_map(connection: int, admin: Actor) -> None:
    for field in ("title", "taxNumber", "gone"):
        with pytest.raises(InvalidError):
            value_maps.map_value(admin, connection, ValueMatch(field, "x", "y"))
    with pytest.raises(InvalidError):
        value_maps.map_value(admin, connection, ValueMatch("gender", "x", " "))


def test_only_what_differs_from_the_file_is_kept(connection: int, admin: Actor) -> None:
    view = editor.open_editor(admin, connection)
    for name in ("gender", "title", "employeeId", "email"):
        field = editor.open_field(admin, connection, view.document, name)
        editor.apply(admin, connection, name, field.keys)
        assert drafts.get(admin, connection) is None, name
    gender = editor.open_field(admin, connection, view.document, "gender")
    keys = {key: value for key, value in gender.keys.items() if key != "map"}
    editor.apply(admin, connection, "gender", keys)
    assert said(admin, connection, "gender") == {"name": "gender", "map": {}}
