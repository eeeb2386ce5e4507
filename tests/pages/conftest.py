"""Pages run without a browser, as somebody who is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from core.db import transaction
from core.models import Connection, ConnectionStatus
from core.settings import ROOT
from core.sign_in import local, sessions
from harness import world
from pages.ui.layout import current_user
from pages.ui.layout.plain_text import WORD_JOINER
from tests.web.conftest import People, people

__all__ = ["people"]

Show = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def components_are_looked_for_once() -> Iterator[None]:
    """Keep what Streamlit finds when it reads the description of each installed package, as it does for each page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Return a function that draws a page for a person: ``show("Reports", user_id, run="12")``."""

    def draw(page: str, user_id: int | None, account_id: int | None = None, /, **query: object) -> AppTest:
        token = None
        if user_id is not None:
            token = local.redeem_ticket(local.issue_ticket(user_id, "browser"), "browser")
            assert token is not None
            if account_id is not None:
                sessions.choose_account(token, account_id)
        monkeypatch.setattr(current_user, "session_token", lambda: token)
        monkeypatch.setattr(current_user, "browser_nonce", lambda: "browser")
        monkeypatch.setattr(current_user, "network_address", lambda: "10.0.0.1")
        script = "Home.py" if page == "Home" else f"pages/{page}.py"
        test = AppTest.from_file(str(ROOT / script), default_timeout=30)
        for name, value in query.items():
            test.query_params[name] = str(value)
        return test.run()

    return draw


# The tabs of a connection, as the address names them.
TABS = ("overview", "mapping", "scope", "readiness", "systems", "settings", "history")


@pytest.fixture
def connection(people: People) -> int:
    """Add an Active connection to the first account."""
    return world.active_connection(people.account)


def text(test: AppTest) -> str:
    """Return everything a person can read on the page, HTML included, without meanings that are folded away."""
    kinds = (
        "title",
        "header",
        "markdown",
        "caption",
        "info",
        "success",
        "warning",
        "error",
        "html",
        "exception",
    )
    read = [
        str(element.value) for kind in kinds for element in test.get(kind) if isinstance(element, Element)
    ]
    shown = "\n".join(part for part in read if "<style>" not in part)
    shown = re.sub(
        r'<details class="hub-(?:help|details hub-legend).*?</details>', "", shown, flags=re.DOTALL
    )
    return shown.replace("\\", "").replace(WORD_JOINER, "")  # as the browser shows it


def labels(test: AppTest) -> list[str]:
    """Return the labels of the buttons on the page."""
    return [button.label for button in test.button]


def set_status(connection_id: int, status: ConnectionStatus) -> None:
    """Put a connection into a status."""
    with transaction() as session:
        session.get_one(Connection, connection_id).status = status
