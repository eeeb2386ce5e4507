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
    hub = scheduled_hub
    steps.sign_in(page, hub)
    steps.open_page(page, "Jobs")
    expect(menu(page)).to_have_count(0)
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
    expect(steps.job(page).get_by_role("button", name="Create", exact=True)).to_be_visible()
    expect(menu(page)).to_have_count(0)
    due, fired_until_then = steps.moment(first["due_at"]), len(scheduled(hub))
    while due < now():
        due += timedelta(minutes=1)
    while now() < due + timedelta(seconds=5):
        time.sleep(0.5)
    assert len(scheduled(hub)) == fired_until_then


def create_every_minute(page: Page) -> None:
    """Fill in the dialog."""
    steps.job(page).get_by_role("button", name="Create", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name=re.compile("How often")).click()
    page.get_by_role("option", name="Every few minutes").click()
    number = dialog.get_by_role("spinbutton", name="Number of minutes")
    number.fill("1")
    number.press("Tab")
    expect(dialog.get_by_text("Every minute. The next runs start:")).to_be_visible()
    dialog.get_by_role("button", name="Create", exact=True).click()
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
