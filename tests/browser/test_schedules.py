"""A schedule set in the browser fires on time, survives failures of Redis and the scheduler, and can be cancelled."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from redis import Redis

from core.clock import now
from harness.launched import Hub, eventually, running
from tests.browser import steps

# How late a run may start where a scheduler just killed has to start again, on a busy machine; it looks
# every second.
LATE = timedelta(seconds=30)


@pytest.fixture(scope="module")
def scheduled_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Run an iHUB of its own, with few people, whose Redis is repaired quickly."""
    with running(tmp_path_factory.mktemp("scheduled") / "home", IHUB_RECONCILE_SECONDS=2) as hub:
        hub.control("reset", seed=3, employees=20)
        yield hub


def test_a_schedule_fires_on_time_survives_and_stops(page: Page, scheduled_hub: Hub) -> None:
    """Another run is stopped in the minute in which the cancelled schedule would have fired again."""
    hub = scheduled_hub
    steps.sign_in(page, hub)
    steps.open_page(page, "Jobs")
    first = fire_and_cancel(page, hub)
    due, fired_until_then = steps.moment(first["due_at"]), len(scheduled(hub))
    while due < now():
        due += timedelta(minutes=1)
    a_run_is_stopped_on_its_own_page(page, hub)
    while now() < due + timedelta(seconds=5):
        time.sleep(0.5)
    assert len(scheduled(hub)) == fired_until_then


def fire_and_cancel(page: Page, hub: Hub) -> dict[str, Any]:
    """Create a schedule, see it fire although Redis and the scheduler fail, and cancel it; return its first run."""
    create_every_minute(page)

    flush_redis(hub)
    for scheduler in hub.processes("scheduler.py"):
        scheduler.kill()
    first = fired(hub, 1)
    assert first["trigger"] == "Scheduled"
    assert lateness(first) < LATE

    page.reload()
    assert steps.run_now(page)
    expect(page.get_by_text("Every minute").first).to_be_visible()  # a manual run leaves the schedule alone

    menu(page).click()
    page.get_by_text("Cancel Schedule", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel Schedule").click()
    expect(page.get_by_text("Schedule cancelled: Every minute.")).to_be_visible()
    expect(steps.job(page).get_by_role("button", name="Create schedule", exact=True)).to_be_visible()
    menu(page).click()
    expect(page.get_by_text("Run for one person", exact=True)).to_be_visible()
    expect(page.get_by_text("Cancel Schedule", exact=True)).to_have_count(0)
    return first


def a_run_is_stopped_on_its_own_page(page: Page, hub: Hub) -> None:
    """Press Run now and then Stop this run."""
    steps.open_page(page, "Jobs")
    hub.control("switches", enablehr={"latency_ms": 2500})
    steps.job(page).get_by_role("button", name="Run now").click()
    expect(steps.job(page).get_by_text(re.compile(r"Run #\d+: reading and comparing"))).to_be_visible()
    run_id = steps.runs(hub)[-1]["id"]
    page.goto(f"{hub.url}/Reports?run={run_id}")
    page.get_by_role("button", name="Stop this run").click()
    expect(page.get_by_role("button", name="Stopping …")).to_be_visible()
    expect(page.get_by_text("CANCELLED", exact=True)).to_be_visible(timeout=steps.RUN_MILLISECONDS)
    hub.control("switches", enablehr={"latency_ms": 0})


def create_every_minute(page: Page) -> None:
    """Fill in the dialog."""
    steps.job(page).get_by_role("button", name="Create schedule", exact=True).click()
    dialog = page.get_by_role("dialog")
    steps.choose_option(dialog.get_by_role("combobox", name=re.compile("How often")), "Every few minutes")
    number = dialog.get_by_role("spinbutton", name="Number of minutes")
    number.fill("1")
    number.press("Tab")
    expect(dialog.get_by_text("Every minute. The next runs start:")).to_be_visible()
    dialog.get_by_role("button", name="Create schedule", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(steps.job(page).get_by_text("Every minute").first).to_be_visible()


def menu(page: Page) -> Any:
    """Return the hamburger menu of the job."""
    return steps.job(page).get_by_test_id("stMenuButton").get_by_role("button")


def scheduled(hub: Hub) -> list[dict[str, Any]]:
    """Return the runs that the schedule has asked for."""
    return [run for run in steps.runs(hub) if run["trigger"] == "Scheduled"]


def fired(hub: Hub, number: int) -> dict[str, Any]:
    """Wait until this number of scheduled runs has ended; return the last of them."""
    eventually(
        lambda: len([run for run in scheduled(hub) if run["ended_at"]]) >= number,
        f"{number} scheduled runs",
        100,
    )
    return scheduled(hub)[number - 1]


def lateness(run: dict[str, Any]) -> timedelta:
    """Return how long after its due moment a run started."""
    late = steps.moment(run["started_at"]) - steps.moment(run["due_at"])
    assert late >= timedelta(0)
    return late


def flush_redis(hub: Hub) -> None:
    """Wipe everything from the embedded Redis server."""
    with closing(Redis(unix_socket_path=str(hub.home / "redis" / "redis.sock"))) as redis:
        redis.flushall()


def test_a_second_run_waits_behind_the_first_and_both_end(page: Page, scheduled_hub: Hub) -> None:
    hub = scheduled_hub
    before = len(steps.runs(hub))
    steps.sign_in(page, hub)
    steps.open_page(page, "Jobs")
    hub.control("switches", enablehr={"latency_ms": 4000})
    press, row = steps.job(page).get_by_role("button", name="Run now"), steps.job(page)
    press.dblclick()
    expect(row.get_by_text(re.compile(r"Run #\d+: reading and comparing"))).to_be_visible()
    (first,) = steps.runs(hub)[before:]
    press.click()
    expect(row.get_by_text(f"it starts when run #{first['id']} has ended.")).to_be_visible()
    press.click()
    expect(page.get_by_text("Nothing was added, because the same waits already.")).to_be_visible()
    row.get_by_role("button", name="Preview").click()
    expect(row.get_by_role("button", name="Take back")).to_have_count(2)
    row.get_by_role("button", name="Take back").last.click()
    expect(row.get_by_role("button", name="Take back")).to_have_count(1)

    hub.control("switches", enablehr={"latency_ms": 0})
    ended = page.get_by_text(re.compile(r"Run #\d+: (COMPLETE|ERROR|HELD)\b"))
    expect(ended).to_have_count(2, timeout=steps.RUN_MILLISECONDS)
    first, second, preview = steps.runs(hub)[before:]
    assert steps.moment(second["started_at"]) >= steps.moment(first["ended_at"])
    assert (second["kind"], preview["status"], preview["started_at"]) == ("SYNC", "CANCELLED", None)
