"""The parts of `make bench-web`: messages as a browser sends and keeps them, visits by role, percentiles."""

from __future__ import annotations

import random

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.web import figures, visits
from bench.web.company import Clicker, Company
from bench.web.figures import Measured
from bench.web.protocol import SHORTEST_KEPT, Address, Kept, Page, Widget, click, is_end
from core.security.actor import ActingRole

COMPANY = Company(7, (1, 2), (11, 12), ((1, "s1"), (2, "s2")))


def test_a_click_carries_page_query_kept_messages_and_what_was_chosen() -> None:
    sent = click(Address("Reports", "run=3"), "hash", ["kept"], {Widget("w1", "string_value"): "ERROR"})
    state = BackMsg.FromString(sent).rerun_script
    assert (state.query_string, state.page_script_hash) == ("run=3", "hash")
    assert list(state.cached_message_hashes) == ["kept"]
    assert [(each.id, each.string_value) for each in state.widget_states.widgets] == [("w1", "ERROR")]


@pytest.mark.parametrize(
    ("message", "ends"),
    [
        (ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY), True),
        (ForwardMsg(script_finished=ForwardMsg.FINISHED_EARLY_FOR_RERUN), False),
        (ForwardMsg(ref_hash="x"), False),
    ],
)
def test_only_a_finished_page_ends_a_click(message: ForwardMsg, ends: bool) -> None:
    assert is_end(message.SerializeToString()) is ends


def test_long_messages_are_kept_for_two_clicks() -> None:
    message = ForwardMsg(hash="long")
    message.delta.new_element.html.body = "x" * SHORTEST_KEPT
    kept = Kept()
    assert kept.begin() == []
    kept.notice(message.SerializeToString())
    kept.notice(ForwardMsg(hash="short").SerializeToString())
    assert [kept.begin(), kept.begin(), kept.begin()] == [["long"], ["long"], []]


def test_a_page_is_read_for_widgets_the_menu_and_failures() -> None:
    menu, box, failed = ForwardMsg(), ForwardMsg(), ForwardMsg()
    menu.navigation.app_pages.add(url_pathname="Jobs", page_script_hash="j")
    box.delta.new_element.text_input.label, box.delta.new_element.text_input.id = "User name", "t1"
    failed.delta.new_element.alert.body = "Something went wrong in iHUB."
    page = Page(each.SerializeToString() for each in (menu, box, failed))
    assert page.page_hashes == {"Jobs": "j"} and page.widgets["User name"] == Widget("t1", "string_value")
    assert page.failure() == "Something went wrong in iHUB."


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (ActingRole.ANALYST, {"", "Reports", "To_fix", "People"}),
        (ActingRole.ACCOUNT_ADMIN, {"", "Reports", "To_fix", "People", "Connections", "Jobs", "Audit"}),
        (
            ActingRole.SUPPORT,
            {"", "Reports", "To_fix", "People", "Connections", "Jobs", "Audit", "Access", "Support"},
        ),
    ],
)
def test_people_click_on_the_pages_of_their_role(role: ActingRole, pages: set[str]) -> None:
    clicked = visits.visits_of(Clicker("c", role, 7), [COMPANY], random.Random(1))  # noqa: S311
    assert {page for _, page, _ in clicked} == pages
    assert all(("account=7" in query) is (role is ActingRole.SUPPORT) for _, _, query in clicked)
    at = next(number for number, visit in enumerate(clicked) if visit[0] == visits.FILTER)
    assert clicked[at - 1][1:] == clicked[at][1:], "somebody filters the page they look at"


def test_percentiles_are_printed_with_the_target_and_the_cpu(capsys: pytest.CaptureFixture[str]) -> None:
    clicks = [("Home", number / 1000, 1000) for number in range(1, 101)]
    assert [round(each) for each in vars_of(figures.percentiles([each[1] for each in clicks]))] == [
        50,
        95,
        99,
    ]
    figures.show(50, Measured(clicks, 10.0, 2.0, 0.1, 0.5))
    printed = capsys.readouterr().out
    assert "to reach: p95 ≤ 150 ms: ok" in printed and "20.0 ms in the web process" in printed
    figures.show(50, Measured([("Home", 0.2, 1)] * 3, 10.0, 2.0, 0.1, 0.5))
    assert "MISSED" in capsys.readouterr().out


def vars_of(found: figures.Percentiles) -> tuple[float, float, float]:
    return found.p50, found.p95, found.p99
