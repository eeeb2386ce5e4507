"""The pictures in the documents are there and small."""

from __future__ import annotations

import re

from core.security.actor import ActingRole
from core.settings import ROOT
from tests.pages.test_roles import ALLOWED
from tools.screenshots import FOLDER, LARGEST_BYTES


def test_every_picture_that_a_document_shows_is_there_and_none_is_left_over() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        name for path in documents for name in re.findall(r"screenshots/([a-z-]+\.png)", path.read_text())
    }
    assert shown == {path.name for path in FOLDER.glob("*")}


def test_no_picture_is_large() -> None:
    assert all(path.stat().st_size <= LARGEST_BYTES for path in FOLDER.glob("*.png"))


def test_each_page_of_each_role_has_a_picture_that_the_program_takes() -> None:
    shown, taken = (ROOT / "docs" / "access.md").read_text(), (ROOT / "tools" / "screenshots.py").read_text()
    short = {ActingRole.ACCOUNT_ADMIN: "admin", ActingRole.SUPPORT: "support", ActingRole.ANALYST: "analyst"}
    named = {
        "Support": "registrations",
        "Access": "access-accounts",
        "To_fix": "to-fix",
        "API_tokens": "api-tokens",
    }
    wanted = {
        f"{named.get(page, page.lower())}-{role}"
        for acting_role, role in short.items()
        for page in ALLOWED[acting_role]
    }
    assert wanted
    for picture in wanted | {"sign-in", "request-access", "choose-password"}:
        assert f"screenshots/{picture}.png" in shown and f'"{picture}"' in taken, picture


def test_each_picture_of_the_page_about_roles_is_taken_by_the_program() -> None:
    shown = re.findall(r"screenshots/([a-z-]+)\.png", (ROOT / "docs" / "access.md").read_text())
    taken = (ROOT / "tools" / "screenshots.py").read_text()
    assert shown and [picture for picture in shown if f'"{picture}"' not in taken] == []
