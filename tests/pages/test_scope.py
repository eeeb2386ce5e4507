"""The Scope tab of a connection."""

from __future__ import annotations

from dataclasses import replace

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.scope.rules import ScopeRules, parse_condition
from core.scope_editor import current, saving
from core.security.actor import OPERATOR
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


def button(test: AppTest, label: str) -> Button:
    return next(each for each in test.button if each.label == label)


def test_an_admin_changes_the_scope_and_somebody_else_is_not_overwritten(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin, connection=connection, tab="scope")
    assert "Nobody has changed the scope yet" in text(test) and "Nobody has been read yet" in text(test)
    button(test, "+ Employment type").click().run()
    assert "A condition is not complete" in text(test)
    picker = next(each for each in test.multiselect if "employment_type" in str(each.key))
    picker.set_value(["Casual"]).run()
    actor = replace(OPERATOR, account_id=people.account)
    other = ScopeRules(condition=current.get_scope(actor, connection).rules.condition, days_before=7)
    saving.save_scope(actor, connection, other, based_on=0)
    test.run()
    assert "Somebody saved version 1 while you were editing version 0" in text(test)
    button(test, "Save").click().run()
    said = " ".join(current.get_scope(actor, connection).sentences)
    assert "Employment type is Casual" in said and "from 7 days before" in said
    assert "Version 2 saved" in text(test)


def test_support_sees_the_scope_without_buttons(show: Show, people: People, connection: int) -> None:
    actor = replace(OPERATOR, account_id=people.account)
    deep = parse_condition({"not": {"any": [{"branch": "1"}, {"at": "status", "is": ["Leave"]}]}})
    saving.save_scope(actor, connection, ScopeRules(condition=deep), based_on=0)
    test = show("Connections", people.support, people.account, connection=connection, tab="scope")
    assert "not (Branch is 1 or Status is Leave)" in text(test)
    assert not {"Save", "+ Status", "Put on hold", "Release"} & set(labels(test))
    admin = show("Connections", people.admin, connection=connection, tab="scope")
    assert "more levels than rows can show" in text(admin)


def test_somebody_is_put_on_hold_and_released(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.admin, connection=connection, tab="scope")
    assert "Nobody is on hold." in text(test)
    next(each for each in test.text_input if each.label == "Reason").set_value("Pay is being checked")
    button(test, "Put on hold").click().run()
    assert "Enter the employee's source ID" in text(test)
    from core.scope import holds

    holds.put(replace(OPERATOR, account_id=people.account), connection, "500001", "Pay is being checked")
    test.run()
    assert "Pay is being checked" in text(test)
    button(test, "Release").click().run()
    assert "Nobody is on hold." in text(test)


def test_a_scope_that_nobody_edits_follows_what_is_saved_elsewhere(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin, connection=connection, tab="scope")
    actor = replace(OPERATOR, account_id=people.account)
    perth = ScopeRules(condition=parse_condition({"at": "branch", "is": ["Perth"]}))
    saving.save_scope(actor, connection, perth, based_on=0)
    test.run()
    assert "while you were editing" not in text(test) and button(test, "Save").disabled
    values = [value for each in test.multiselect for value in each.value]
    assert values == ["Perth"]


def test_rules_that_cannot_be_used_say_where_the_effect_is(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin, connection=connection, tab="scope")
    button(test, "+ Employment type").click().run()
    assert "once the rules can be used" in text(test)


def test_what_is_not_saved_is_shown_again_after_another_tab_and_can_be_discarded(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin, connection=connection, tab="scope")
    button(test, "+ Employment type").click().run()
    next(each for each in test.multiselect if "employment_type" in str(each.key)).set_value(["Casual"]).run()
    starters = next(each for each in test.number_input if each.label.startswith("Starters"))
    starters.set_value(7).run()
    next(each for each in test.multiselect if each.label.startswith("Never sync")).set_value(["500001"]).run()
    next(each for each in test.text_input if each.label.startswith("Why")).set_value("New people")
    next(each for each in test.text_input if each.label == "Reason").set_value("Pay is being checked").run()
    for tab in ("overview", "scope"):
        test.query_params["tab"] = tab
        test.run()
        assert ("Not saved yet." in text(test)) is (tab == "scope")
    assert [each.value for each in test.multiselect][1:] == [["Casual"], [], ["500001"]]
    assert [each.value for each in test.number_input] == [7, None]
    assert [each.value for each in test.text_input] == ["New people", "Pay is being checked"]
    for each in [each for each in test.button if each.label == "Discard"][::-1]:
        test = test.button(key=str(each.key)).click().run()
    assert "Not saved yet." not in text(test) and button(test, "Save").disabled
    assert [each.value for each in test.number_input] == [None, None]
    assert {each.value for each in test.text_input} == {""}
