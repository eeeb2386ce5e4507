"""A target that honours an Idempotency-Key is sent the same key again, and nobody is created twice or left out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest

from connectors.contract.records import Reason
from connectors.http import client
from connectors.http.transport import Timeouts
from connectors.rest.client import capabilities
from core.models import Action, RunStatus
from core.sync.store import journal
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.crashes import Crash, KilledError, run_into
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person


@pytest.fixture
def hub(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DescribedHub]:
    monkeypatch.setattr(capabilities, "BUSY_SECONDS", (0.01, 0.01))
    with roster.running() as running:
        yield DescribedHub(active_connection(), roster=running, description=roster.KEYED)


@pytest.mark.parametrize("trouble", ["fail_next", "answer_lost_next"])
def test_a_create_that_was_not_answered_is_repeated_under_its_key(hub: DescribedHub, trouble: str) -> None:
    hub.fill(3)
    hub.roster.switches("", **{trouble: 2}, only_method="POST")
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 3)
    assert hub.everybody_once() and hub.roster.counted["created"] == 3
    assert len(set(hub.roster.keys)) == 3


def test_a_create_whose_answer_comes_too_late_is_repeated(
    hub: DescribedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast(Any, client.Client.__init__.__kwdefaults__), "timeouts", Timeouts(total=0.4))
    hub.fill(2)
    hub.roster.strike = lambda: time.sleep(0.8)
    ended = hub.run()
    assert (ended.status, ended.counters.created) == (RunStatus.COMPLETE, 2)
    assert hub.everybody_once() and hub.roster.counted["created"] == 2
    assert len(hub.roster.keys) > len(set(hub.roster.keys)) == 2


def test_without_a_key_a_create_is_repeated_only_after_a_server_error(hub: DescribedHub) -> None:
    hub.description = roster.DESCRIPTION
    hub.fill(3)
    hub.roster.switches("", fail_next=1, only_method="POST")
    assert hub.run().counters.created == 3
    assert hub.roster.keys == [None, None, None]
    hub.source.put("s9", person(9))
    hub.roster.switches("", answer_lost_next=1, only_method="POST")
    assert hub.run().counters.created == 1
    assert hub.roster.counted["created"] == 4


def test_keys_are_hashes_that_differ_from_run_to_run(hub: DescribedHub) -> None:
    hub.fill(2)
    hub.run()
    first = set(hub.roster.keys)
    hub.roster.people.clear()
    assert hub.run().counters.created == 2
    keys = {str(key) for key in hub.roster.keys}
    assert len(keys) == 4 and first < keys
    assert all(len(key) == 32 and int(key, 16) for key in keys)


def test_while_the_first_request_is_under_way_the_target_is_asked_again(hub: DescribedHub) -> None:
    hub.fill(1)
    hub.roster.busy = 2
    assert hub.run().counters.created == 1
    assert (len(hub.roster.keys), len(set(hub.roster.keys))) == (3, 1)


def test_a_first_request_that_never_ends_counts_as_unanswered(hub: DescribedHub) -> None:
    hub.fill(1)
    hub.roster.busy = 99
    ended = hub.run()
    assert ended.rows["s0"].action is Action.FAILED and ended.rows["s0"].reason == Reason.UNANSWERED
    hub.roster.busy = 0
    assert hub.run().counters.created == 1
    assert hub.everybody_once()


def test_a_refusal_under_a_key_is_a_refusal(hub: DescribedHub) -> None:
    hub.fill(2)
    hub.roster.refused = {"Surname1"}
    ended = hub.run()
    assert (ended.rows["s1"].reason, ended.counters.created) == (Reason.REFUSED, 1)


@pytest.mark.slow
def test_a_crash_at_any_step_keeps_the_keys_and_leaves_everybody_once(hub: DescribedHub) -> None:
    at, happened = 1, True
    hub.fill(2)
    while happened:
        hub.roster.people.clear()
        hub.roster.keys.clear()
        run_id = hub.request()
        happened = run_into(hub, Crash(at), run_id)
        if not hub.row(run_id).status.ended:
            hub.resume(run_id)
        assert hub.ended(run_id).counters.created == 2
        assert hub.everybody_once() and len(set(hub.roster.keys)) == 2
        at += 1
    assert at > 12


@pytest.mark.slow
def test_somebody_sent_before_a_crash_and_shown_only_later_is_not_created_again(hub: DescribedHub) -> None:
    """The list does not show the employee yet; the key does what the look-up cannot."""
    hub.fill(1)
    hub.roster.strike = kill
    run_id = hub.request()
    with pytest.raises(KilledError):
        run_and_die(hub, run_id)
    hidden = dict(hub.roster.people)
    hub.roster.people.clear()
    ended = hub.resume(run_id)
    hub.roster.people |= hidden
    assert ended.counters.created == 1 and hub.roster.counted["created"] == 1
    assert hub.links() == {"s0": "100"}


def kill() -> None:
    """Mark the moment after the deed; the process that asked dies there."""


def run_and_die(hub: DescribedHub, run_id: int) -> None:
    """Run until the outcome of the create is about to be stored."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "save", dying)
        hub.execute(run_id)


def dying(*_: object) -> None:
    raise KilledError
