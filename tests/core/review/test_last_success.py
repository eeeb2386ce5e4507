"""The last successful run of a connection is one of everybody: what applies a part of a plan is not."""

from __future__ import annotations

import pytest

from core.home import connection_list
from core.jobs import views
from core.models import Decision, RunStatus
from core.reports.outcomes import connection_trend
from tests.core.review.test_plans import _no_queue, admin, carry_out, held_run
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

__all__ = ["_no_queue"]


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    return sqlite_hub


def last_success(hub: Hub) -> set[int | None]:
    """Return the last successful run by Home, Jobs and the trend in Reports, which have to agree."""
    actor = admin(hub, "lee")
    (line,), (job,) = connection_list.connections_page(actor).rows, views.list_jobs(actor)
    trend = connection_trend.connection_trend(actor, hub.connection_id).last_success
    return {
        line.last_success_id,
        job.last_success.id if job.last_success else None,
        trend[0] if trend else None,
    }


def test_a_part_of_a_plan_is_no_success(hub: Hub) -> None:
    held = held_run(hub)
    done = carry_out(hub, admin(hub), held.id, [held.rows["s2"].position])
    assert done.status is RunStatus.COMPLETE and done.counters.updated == 1
    assert last_success(hub) == {held.id - 1}, "it wrote one of three people"
    actor = admin(hub, "kim")
    (line,), (job,) = connection_list.connections_page(actor).rows, views.list_jobs(actor)
    assert line.last_run_id == held.id and job.last_run is not None
    assert line.last_run_decided == job.last_run.decided == "1 of 3 approved"


def test_a_whole_plan_is_one_also_when_everybody_was_chosen_by_name(hub: Hub) -> None:
    held = held_run(hub)
    planned = [row.position for row in held.rows.values() if row.decision is not Decision.NO_CHANGE]
    done = carry_out(hub, admin(hub), held.id, planned)
    assert last_success(hub) == {done.id}


def test_a_plan_for_chosen_people_is_none(hub: Hub) -> None:
    hub.fill(3)
    first = hub.run()
    hub.set_job(limits={"creates": {"count": 0}})
    hub.source.put("new", person(51))
    held = hub.sync("new")
    assert held.status is RunStatus.HELD
    done = carry_out(hub, admin(hub), held.id)
    assert done.counters.created == 1 and last_success(hub) == {first.id}
