"""Where the demo's systems are, so that what is added in the demo leads to them and never to the real ones."""

from __future__ import annotations

from typing import Any

from core.settings import settings

PACE = {"requests_per_second": 200.0}


def addresses(sandbox_url: str) -> dict[str, dict[str, Any]]:
    """Return the settings that lead to each system of a sandbox, by kind."""
    return {
        "enablehr": {"api_url": f"{sandbox_url}/enablehr", "login_url": f"{sandbox_url}/enablehr/login"},
        "ipayroll": {"url": f"{sandbox_url}/ipayroll"},
        "keypay": {"url": f"{sandbox_url}/keypay"},
    }


def default_settings(kind: str) -> dict[str, Any]:
    """Return the settings a new side begins with: none outside of the demo, and for a system that the demo does not have."""
    found = addresses(_sandbox_url()).get(kind) if settings().demo else None
    return found | PACE if found else {}


def key_page_url(kind: str) -> str | None:
    """Return the page of the demo that shows the key of a system; None outside of the demo."""
    return f"{_sandbox_url()}/hero" if settings().demo and kind == "keypay" else None


def _sandbox_url() -> str:
    return f"http://127.0.0.1:{settings().sandbox_port}"
