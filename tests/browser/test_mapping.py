"""A mapping is changed in the browser: looked at, previewed, saved, run, taken back; and a missing value is mapped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.launched import Hub, eventually, running
from tests.browser import steps

TITLE = "Team member"


@pytest.fixture(scope="module")
def small_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Run an iHUB of its own with few people, one with a value that payroll lacks."""
    with running(tmp_path_factory.mktemp("mapping") / "home", IHUB_RECONCILE_SECONDS=2) as hub:
        hub.control("reset", seed=3, employees=20)
        yield hub


def test_a_mapping_is_changed_run_and_taken_back(page: Page, small_hub: Hub) -> None:
    steps.sign_in(page, small_hub)
    steps.open_page(page, "Jobs")
    steps.run_now(page)
    open_tab(page, small_hub, "mapping")
    choose_three_people(page)
    drawer = open_field(page, "Preferred name")
    pick(page, drawer.get_by_role("combobox", name=re.compile("Where does")), "Take a value of the employee")
    pick(page, drawer.get_by_role("combobox", name=re.compile("Values, in order")), "Nickname")
    page.keyboard.press("Escape")  # closes the list
    no_download_of_the_grid(drawer)
    apply(page, drawer)
    expect(page.get_by_text("draft: 1 change")).to_be_visible()
    drawer = open_field(page, "Title")
    pick(page, drawer.get_by_role("combobox", name=re.compile("Where does")), "Always the same value")
    drawer.get_by_role("textbox", name="Value for everybody").fill(TITLE)
    drawer.get_by_role("textbox", name="Value for everybody").press("Tab")
    apply(page, drawer)
    expect(page.get_by_text("draft: 2 changes")).to_be_visible()
    row = page.locator(".st-key-mapping-field-title")
    expect(row.get_by_text(TITLE)).to_have_count(4)  # once in words, and once for each of the three
    page.get_by_role("button", name="Preview", exact=True).click()
    sentence = page.get_by_text(re.compile(r"\d+ would be updated, of which \d+ only because of the mapping"))
    expect(sentence).to_be_visible(timeout=steps.RUN_MILLISECONDS)
    updates, only = map(int, re.findall(r"\d+", sentence.inner_text()))
    assert updates == only > 3
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("button", name="Save this version").click()
    expect(page.get_by_text("Version 1 saved").first).to_be_visible()
    assert run(page, small_hub)["updated"] == updates and titles(small_hub) == {TITLE}

    open_tab(page, small_hub, "mapping")
    pick(page, page.get_by_role("combobox", name="Version", exact=True), "Version 0")
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("button", name="Restore version 0").click()
    expect(page.get_by_text("Version 2 saved").first).to_be_visible()
    assert run(page, small_hub)["updated"] == updates and TITLE not in titles(small_hub)


def no_download_of_the_grid(drawer: Locator) -> None:
    """Streamlit's own file of a grid is hidden: it would defuse no formulas, and no audit would know of it."""
    drawer.get_by_text("Value map", exact=True).click()
    grid = drawer.get_by_test_id("stDataFrame").first
    grid.hover()
    expect(drawer.locator('button[aria-label^="Download as CSV"]').first).to_be_attached()
    expect(drawer.locator('button[aria-label^="Download as CSV"]').first).not_to_be_visible()


def test_a_missing_value_is_mapped_and_the_waiting_are_written(page: Page, small_hub: Hub) -> None:
    steps.sign_in(page, small_hub)
    open_tab(page, small_hub, "readiness")
    before = len(small_hub.control("payroll"))
    pick(page, page.get_by_role("combobox", name=re.compile("Non_Binary")), "Female")
    page.get_by_role("button", name="Map", exact=True).first.click()
    page.get_by_role("button", name="Map it and match this way").click()
    page.get_by_role("button", name="Sync this employee").click()
    expect(page.get_by_text(re.compile(r"Run #\d+ has started"))).to_be_visible()
    eventually(lambda: len(small_hub.control("payroll")) == before + 1, "the waiting employee is written", 60)
    eventually(lambda: steps.runs(small_hub)[-1]["created"] == 1, "the run has counted them", 60)


def open_tab(page: Page, hub: Hub, tab: str) -> None:
    """Open a tab of the connection by its address."""
    page.goto(f"{hub.url}/Connections?connection=1&tab={tab}")
    expect(page.get_by_role("tab", name=tab.title())).to_have_attribute("aria-selected", "true")


def pick(page: Page, box: Locator, option: str) -> None:
    """Choose an option of a list."""
    box.click()
    page.wait_for_timeout(300)  # the list is drawn again as it opens
    page.keyboard.type(option)
    page.get_by_role("option", name=re.compile(re.escape(option))).first.click()


def choose_three_people(page: Page) -> None:
    """Show the values of the first three employees."""
    box = page.get_by_role("combobox", name=re.compile("Show the values of"))
    for _ in range(3):
        box.click()
        page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show values").click()
    expect(page.get_by_text("(the same)").first).to_be_visible()


def open_field(page: Page, label: str) -> Locator:
    """Open the drawer of a field."""
    page.get_by_role("button", name=label, exact=True).first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name=label)).to_be_visible()
    return drawer


def apply(page: Page, drawer: Locator) -> None:
    """Keep the field in the draft."""
    page.wait_for_timeout(800)  # what was entered last has arrived
    drawer.get_by_role("button", name="Apply").click()
    expect(drawer).to_have_count(0)


def run(page: Page, hub: Hub) -> dict[str, Any]:
    """Run the job and return its run."""
    steps.open_page(page, "Jobs")
    steps.run_now(page)
    return steps.runs(hub)[-1]


def titles(hub: Hub) -> set[str | None]:
    """Return the titles of the employees that iHUB writes."""
    employees = hub.control("payroll")
    return {each.get("title") for each in employees if each.get("title") in {TITLE, "Mr", "Ms", "Mx"}}
