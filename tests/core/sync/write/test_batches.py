"""Many employees a request: each has an outcome of their own, and nobody is created twice."""

from __future__ import annotations

import pytest

from connectors.contract.errors import AuthError, TemporaryError, UnansweredError
from connectors.contract.records import Reason
from core.models import Action, RunStatus
from core.sync.store import journal
from tests.core.sync.batched import BatchTarget
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import Crash, KilledError, run_into
from tests.core.sync.fakes import raises

pytestmark = pytest.mark.both_engines

PEOPLE = 10
SILENCE = UnansweredError("Payroll did not respond.")


def use(hub: Hub, chosen_ids: bool = True) -> BatchTarget:
    target = BatchTarget(chosen_ids=chosen_ids)
    hub.target = target
    return target


def test_many_are_created_and_updated_in_few_requests(hub: Hub) -> None:
    target = use(hub)
    hub.fill(PEOPLE)
    assert hub.run().counters.created == PEOPLE
    assert target.steps.done["request"] == 3
    assert hub.everybody_once() and len(hub.links()) == PEOPLE
    for source_id in ("s1", "s5", "s9"):
        hub.source.edit(source_id, mobile="0411 222 333")
    assert hub.run().counters.updated == 3
    assert target.steps.done["request"] == 4


def test_a_refused_employee_does_not_hide_the_others_of_the_request(sqlite_hub: Hub) -> None:
    use(sqlite_hub).refuse = {"Surname3"}
    sqlite_hub.fill(PEOPLE)
    ended = sqlite_hub.run()
    assert (ended.counters.created, ended.counters.errors) == (PEOPLE - 1, 1)
    assert (ended.rows["s3"].action, ended.rows["s3"].reason) == (Action.FAILED, Reason.REFUSED)


@pytest.mark.parametrize("step", ["request.done", "create.done"])
@pytest.mark.parametrize("chosen_ids", [True, False])
def test_an_unanswered_request_is_looked_up_for_each_and_not_repeated(
    sqlite_hub: Hub, step: str, chosen_ids: bool
) -> None:
    hub, target = sqlite_hub, use(sqlite_hub, chosen_ids)
    hub.fill(PEOPLE)
    target.steps.fault = raises(step, 2, SILENCE)
    ended = hub.run()
    known = ended.count(Action.CREATED)
    assert known == len(target.records) and len(hub.links()) == known
    assert list(ended.reasons().values()).count(Reason.UNANSWERED) == PEOPLE - known
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


def test_an_answer_that_leaves_somebody_out_counts_as_none(sqlite_hub: Hub) -> None:
    use(sqlite_hub).forget = True
    sqlite_hub.fill(PEOPLE)
    assert sqlite_hub.run().counters.created == PEOPLE
    assert sqlite_hub.everybody_once()


def test_an_unanswered_request_of_updates_is_looked_up(sqlite_hub: Hub) -> None:
    hub, target = sqlite_hub, use(sqlite_hub)
    hub.fill(4)
    hub.run()
    for number in range(4):
        hub.source.edit(f"s{number}", mobile="0411 222 333")
    target.steps.fault = raises("update.done", 2, SILENCE)
    ended = hub.run()
    assert (ended.counters.updated, ended.counters.errors) == (2, 2)
    assert hub.run().counters.updated == 2


def test_a_system_that_fails_leaves_the_request_for_later(sqlite_hub: Hub) -> None:
    hub, target = sqlite_hub, use(sqlite_hub)
    hub.fill(PEOPLE)
    target.steps.fault = raises("request", 1, TemporaryError("Payroll is down. Try again later."))
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and ended.message.startswith("Payroll is down. Try again later.")
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


@pytest.mark.slow
@pytest.mark.parametrize("chosen_ids", [True, False])
def test_an_employee_sent_alone_before_the_system_failed_is_looked_up_after_a_crash(
    sqlite_hub: Hub, chosen_ids: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, target = sqlite_hub, use(sqlite_hub, chosen_ids)
    hub.fill(4)
    target.together = False
    target.steps.fault = raises("create", 3, AuthError("Payroll refused the sign-in."))
    run_id = hub.request()
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(journal, "abort", Crash(1).step)
        hub.execute(run_id)
    assert len(target.records) == 2
    assert hub.resume(run_id).counters.created == 4
    assert hub.everybody_once()


@pytest.mark.slow
@pytest.mark.parametrize("chosen_ids", [True, False])
def test_a_crash_at_any_step_leaves_everybody_exactly_once(sqlite_hub: Hub, chosen_ids: bool) -> None:
    hub, at, happened = sqlite_hub, 1, True
    hub.fill(6)
    while happened:
        before = set(hub.links())
        use(hub, chosen_ids)
        hub.source.people = {f"{at}-{number}": one for number, one in enumerate(hub.source.people.values())}
        hub.source.marks = dict.fromkeys(hub.source.people, "1")
        run_id = hub.request()
        happened = run_into(hub, Crash(at), run_id)
        if not hub.row(run_id).status.ended:
            hub.resume(run_id)
        assert hub.ended(run_id).counters.created == 6
        assert hub.everybody_once() and set(hub.links()) - before == set(hub.source.people)
        forget_links()
        at += 1
    assert at > 25


def forget_links() -> None:
    from sqlalchemy import delete

    from core.db import transaction
    from core.models import Link

    with transaction() as session:
        session.execute(delete(Link))
