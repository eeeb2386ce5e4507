"""A field that a target clears by a special word counts as a cleared field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.models import RunStatus
from core.runs.outcome_catalogue import Code
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person

NICK = """    - {name: nick, label: Nickname, from: preferred_name, blank: clear}
"""


@pytest.fixture
def hub(sqlite_store: str) -> Iterator[DescribedHub]:
    text = roster.DESCRIPTION.replace("target:\n", 'target:\n  clear_with: "(clear)"\n') + NICK
    with roster.running() as running:
        made = DescribedHub(active_connection(), roster=running, description=text)
        for number in range(3):
            made.source.put(f"s{number}", replace(person(number), preferred_name=f"Nick{number}"))
        assert made.run().counters.created == 3
        yield made


@pytest.mark.parametrize("now", [None, "(clear)", " (CLEAR) "])
def test_a_removed_nickname_is_cleared_and_held_above_the_limit(hub: DescribedHub, now: str | None) -> None:
    hub.source.edit("s1", preferred_name=now)
    hub.set_job(limits={"blanked": {"count": 0}})
    ended = hub.run()
    assert (ended.status, ended.rows["s1"].reason) == (RunStatus.HELD, Code.MANY_BLANKED)
    assert hub.roster.people[int(hub.links()["s1"])]["nick"] == "Nick1"
    hub.set_job()
    ended = hub.run()
    assert ended.rows["s1"].changes == [
        {"field": "nick", "label": "Nickname", "before": "Nick1", "after": None}
    ]
    assert hub.roster.people[int(hub.links()["s1"])]["nick"] == "(clear)"


def test_the_targets_word_for_clearing_is_never_sent_as_a_name(hub: DescribedHub) -> None:
    hub.source.put("s9", replace(person(9), preferred_name="(clear)"))
    assert hub.run().counters.created == 1
    assert "nick" not in hub.roster.people[103]
