"""How long the queries of each page take, over many different runs, pages and people."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from bench.reports.fill import CONNECTIONS, PEOPLE, large_run
from bench.reports.kept_people import source_id
from bench.show import Line
from core.clock import now
from core.home import activity, connection_list
from core.models import RunStatus
from core.people.search import find_people
from core.problems import open_problems
from core.problems.problem_filter import ProblemFilter
from core.reports import audit_log, records, run_list
from core.reports.outcomes import connection_trend, headline, sums
from core.reports.records import Group, RecordFilter
from core.reports.run_filter import RunFilter, RunOrder, starters
from core.security.actor import Actor
from core.story.person import read_person

SEED, DRAWN, LIMIT_MILLISECONDS = 20, 40, 50


def measure(actor: Actor) -> Iterator[Line]:
    """Draw each query with other values again and again, and compare the 95th percentile with the limit."""
    chance = random.Random(SEED)
    for name, query in _queries(actor, chance).items():
        query()
        taken, of_cpu = [], []
        for _ in range(DRAWN):
            began, cpu = time.perf_counter(), time.process_time()
            query()
            taken.append((time.perf_counter() - began) * 1000)
            of_cpu.append((time.process_time() - cpu) * 1000)
        p95 = statistics.quantiles(taken, n=20)[-1]
        yield Line(
            name,
            f"{p95:.1f} ms",
            f"≤ {LIMIT_MILLISECONDS} ms",
            p95 <= LIMIT_MILLISECONDS,
            f"{statistics.median(of_cpu):.1f} ms of this process's CPU",
        )


# One function, because it is a list.
def _queries(actor: Actor, chance: random.Random) -> dict[str, Callable[[], object]]:
    large = large_run()
    today = now().date()

    def run() -> int:
        return chance.randrange(1, large)

    def connection() -> int:
        return chance.randrange(1, CONNECTIONS + 1)

    def person() -> str:
        return source_id(chance.randrange(PEOPLE))

    def since() -> RunFilter:
        return RunFilter(connection(), RunStatus.ERROR, since=today - timedelta(days=chance.randrange(1_000)))

    errors, everybody = RecordFilter((Group.ERRORS,)), RecordFilter()
    return {
        "Reports: the newest runs": lambda: run_list.runs_page(actor, RunFilter()),
        "Reports: any page of the runs": lambda: run_list.runs_page(
            actor, RunFilter(), chance.randrange(1, 2 + large // 50)
        ),
        "Reports: filtered, any page": lambda: run_list.runs_page(actor, since(), chance.randrange(1, 20)),
        "Reports: most errors first": lambda: run_list.runs_page(
            actor, RunFilter(order=RunOrder.MOST_ERRORS)
        ),
        "Reports: longest first": lambda: run_list.runs_page(actor, RunFilter(order=RunOrder.LONGEST)),
        "Reports: integrations": partial(run_list.integrations, actor),
        "Reports: who started runs": partial(starters, actor),
        "Reports: trend of a connection": lambda: connection_trend.connection_trend(actor, connection()),
        "Run: its facts": lambda: run_list.run_details(actor, run()),
        "Run: its outcomes": lambda: sums.sums(actor, run()),
        "Run: as last time": lambda: headline.same_as_last_time(actor, run()),
        "Run: its employees": lambda: records.records_page(actor, run(), everybody),
        "Largest run: its outcomes": lambda: sums.sums(actor, large),
        "Largest run: as last time": lambda: headline.same_as_last_time(actor, large),
        "Largest run: first page": lambda: records.records_page(actor, large, everybody),
        "Largest run: any page": lambda: records.records_page(
            actor, large, everybody, chance.randrange(1, 2_000)
        ),
        "Largest run: errors": lambda: records.records_page(actor, large, errors, chance.randrange(1, 20)),
        "Largest run: find somebody": lambda: records.records_page(
            actor, large, RecordFilter(search=person())
        ),
        "A person": lambda: read_person(actor, connection(), person()),
        "People: find somebody": lambda: find_people(actor, person()),
        "To fix": lambda: open_problems.problems_page(actor, ProblemFilter(), 1),
        "Home: connections": partial(connection_list.connections_page, actor),
        "Home: runs in progress": partial(activity.runs_in_progress, actor),
        "Audit": lambda: audit_log.audit_page(actor, audit_log.AuditFilter()),
    }
