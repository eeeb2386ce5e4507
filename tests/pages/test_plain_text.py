"""What others wrote is shown as it stands: no link, no picture, no colour, no formula, no tag."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from core.accounts import access_requests
from core.db import transaction
from core.models import (
    Account,
    AlertKind,
    Connection,
    OpenProblem,
    Record,
    Run,
    RunStatus,
    Side,
    SideState,
    User,
)
from core.security.actor import ActingRole, Actor
from core.sides import alerts
from harness import world
from pages.ui.layout.plain_text import WORD_JOINER, aloud, plain
from tests.core.reports import reported_runs
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person
from tests.pages import test_decisions
from tests.pages.conftest import TABS, Show
from tests.web.conftest import People

HOSTILE = '[x](http://evil) :red[x] **b** <b> $x$ :smile: ![i](http://evil/i.png) "quoted'
# What Streamlit draws as Markdown, apart from what iHUB writes itself.
ALIVE = re.compile(r"(?<!\\)\]\(|(?<!\\):[a-z]+\[|:smile:|http://|(?<!\\)<b>|(?<!\\)\$x")
WRITTEN = ("markdown", "caption", "title", "subheader", "header", "info", "warning", "error", "success")


def drawn(test: AppTest) -> Iterator[str]:
    """Return everything on the page that Streamlit draws as Markdown."""
    for element in _walk(test._tree):  # every kind of element and block
        proto = getattr(element, "proto", None)
        for name in ("label", "help", "text", "body"):
            value = getattr(proto, name, "") if proto is not None else ""
            if isinstance(value, str) and getattr(element, "type", "") != "html":
                yield value
        if isinstance(element, Element) and element.type in WRITTEN:
            yield str(element.value)
        if getattr(element, "type", "") in ("radio", "button_group"):
            yield from getattr(element, "options", [])


def _walk(block: Block) -> Iterator[object]:
    for child in block.children.values():
        yield child
        if isinstance(child, Block):
            yield from _walk(child)


@pytest.fixture
def hostile(people: People, connection: int) -> int:
    """Name everything like that, and return a run with every outcome."""
    run_id = reported_runs.whole_run(connection)
    with transaction() as session:
        session.execute(update(Account).values(name=HOSTILE))
        session.execute(update(User).values(name=HOSTILE))
        session.execute(update(Connection).values(name=HOSTILE))
        session.execute(update(Side).values(organisation_name=HOSTILE, authorised_by=people.admin))
        session.execute(update(Run).values(message=HOSTILE, requested_by=people.admin))
        session.execute(update(Record).values(name=HOSTILE, message=HOSTILE))
        sides = session.get_one(Connection, connection).sides
        alerts.raise_once(session, sides[0], AlertKind.GRANT_REFUSED, HOSTILE)
        sides[0].state, sides[0].state_reason = SideState.NEEDS_RECONNECT, HOSTILE
        sides[1].unreachable_since, sides[1].unreachable_reason = sides[1].authorised_at, HOSTILE
    return run_id


def html(test: AppTest) -> list[str]:
    """Return what the page draws as HTML."""
    elements = [element for element in _walk(test._tree) if getattr(element, "type", "") == "html"]
    return [element.proto.body for element in elements]  # type: ignore[attr-defined]


def alive(test: AppTest) -> list[str]:
    assert not test.exception
    tags = [text for text in html(test) if "<b> $x" in text or '"quoted' in text]
    return tags + [text for text in drawn(test) if ALIVE.search(re.sub(r"`[^`]*`", "", text))]


PAGES = ("Home", "Connections", "Jobs", "Reports", "To_fix", "Audit")


@pytest.mark.parametrize("page", PAGES)
def test_no_page_draws_what_others_wrote(show: Show, people: People, hostile: int, page: str) -> None:
    test = show(page, people.admin)
    assert alive(test) == []


@pytest.mark.parametrize("page", ["Home", "Access", "Support", "Audit"])
def test_no_page_of_support_does(show: Show, people: People, hostile: int, page: str) -> None:
    guest = world.person(None, None, username="guest")
    with transaction() as session:
        session.get_one(User, guest).name = HOSTILE
    access_requests.submit(Actor(HOSTILE, ActingRole.GUEST, guest), HOSTILE)
    assert alive(show("Home", guest)) == []
    assert alive(show(page, people.support, people.account)) == []


def test_no_run_and_no_connection_does(show: Show, people: People, connection: int, hostile: int) -> None:
    assert alive(show("Reports", people.admin, run=hostile)) == []
    for tab in TABS:
        assert alive(show("Connections", people.admin, connection=connection, tab=tab)) == [], tab
    for status in (RunStatus.HELD, RunStatus.COMPLETE, RunStatus.RUNNING):
        with transaction() as session:
            session.get_one(Run, hostile).status = status
        for page, query in (("Reports", {"run": hostile}), ("Jobs", {})):
            assert alive(show(page, people.admin, **query)) == []


def test_no_dialog_does(show: Show, people: People, connection: int, hostile: int) -> None:
    with transaction() as session:
        session.execute(update(Side).values(state=SideState.CONNECTED))
    for page, key in (("Jobs", f"schedule {connection}"), ("Connections", f"delete {connection}")):
        test = show(page, people.admin).button(key=key).click().run()
        assert HOSTILE in unescaped(test) and alive(test) == [], key
    test = show("Jobs", people.admin).menu_button(key=f"menu {connection}").click("Limits").run()
    assert HOSTILE in unescaped(test) and alive(test) == []


def test_no_question_and_no_message_after_an_action_does(show: Show, people: People, connection: int) -> None:
    hub = Hub(connection, target=FakeTarget(chosen_ids=False))
    hub.source.put("a", person(1))
    hub.target.adopt("T77", person(1), tax=None, email=None, birth=None)
    run_id = hub.run().id
    with transaction() as session:
        session.execute(update(Record).values(name=HOSTILE))
        session.execute(update(OpenProblem).values(name=HOSTILE, message=HOSTILE))
    test = test_decisions.press(show("Reports", people.admin, run=run_id), "Create new")
    assert HOSTILE in unescaped(test) and alive(test) == []
    test = test_decisions.press(test, "Link")
    assert alive(test_decisions.press(test, "Unlink")) == []
    test = test_decisions.press(show("To_fix", people.admin), "Decide")
    test = test_decisions.press(test, "Put off")
    assert HOSTILE in unescaped(test) and alive(test) == []


def unescaped(test: AppTest) -> str:
    return "\n".join(drawn(test)).replace(WORD_JOINER, "").replace("\\", "")


@pytest.mark.parametrize(
    "text",
    [
        "Anna O'Brien-Smith (T77), 2nd",
        "Smith & Co. Pty Ltd",
        "Run #3 at 07:30, 1 of 9: not written.",
        "50% – 3",
    ],
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "text", ["# a", "- a", "1. a", "a\n\n    b", "&lt;", "www.evil.com", "a@b.com", ":100:"]
)
def test_what_would_be_drawn_is_broken(text: str) -> None:
    assert plain(text) != text


def test_a_hostile_text_reads_the_same() -> None:
    assert plain(HOSTILE).replace(WORD_JOINER, "").replace("\\", "") == HOSTILE
    assert not ALIVE.search(plain(HOSTILE))


@pytest.mark.parametrize(
    "text", [HOSTILE, "- a", "# a", "-- 1. a", "10) a", "+ = a", "\\[x](y)", "a\n# b", "__a__ b", "a _b_ c"]
)
def test_a_label_that_is_read_aloud_draws_nothing(text: str) -> None:
    said = aloud(text)
    assert "\\" not in said and said.replace(WORD_JOINER, "")
    assert not ALIVE.search(said) and not re.match(r"[#+=-]|\d+[.)]|\s", said)


def test_a_label_that_is_read_aloud_keeps_its_words() -> None:
    words = "Mobile_number (home) – at 08:30, 5 %"
    assert aloud(words) == words
