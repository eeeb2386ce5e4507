"""Know the addresses of the demo's systems, so that the demo never reaches the real ones."""

from __future__ import annotations

from typing import Any

from core.settings import settings

PACE = {"requests_per_second": 200.0}
# The folders of the demo account that systems of files begin with.
FOLDERS = {
    "employee_files": "people",
    "payroll_files": "payroll",
    "definitiv_files": "definitiv",
    "micropay_files": "micropay",
}


def addresses(sandbox_url: str) -> dict[str, dict[str, Any]]:
    """Return the address settings of each system of a sandbox, by kind."""
    return {
        "enablehr": {"api_url": f"{sandbox_url}/enablehr", "login_url": f"{sandbox_url}/enablehr/login"},
        "enablehr_target": {"url": f"{sandbox_url}/enablehr", "login_url": f"{sandbox_url}/enablehr/login"},
        "ipayroll": {"url": f"{sandbox_url}/ipayroll"},
        "keypay": {"url": f"{sandbox_url}/keypay"},
        "xero_payroll_au": dict.fromkeys(("url", "login_url", "token_url"), f"{sandbox_url}/xero"),
    }


def default_settings(kind: str) -> dict[str, Any]:
    """Return the initial settings of a new side: the demo's addresses, or none outside the demo."""
    if settings().demo and kind in FOLDERS:
        return {"folder": FOLDERS[kind]}
    address = addresses(_sandbox_url()).get(kind) if settings().demo else None
    return address | PACE if address else {}


def key_page_url(kind: str) -> str | None:
    """Return the address of the demo page that shows a system's API key; None outside the demo."""
    return f"{_sandbox_url()}/hero" if settings().demo and kind == "keypay" else None


def _sandbox_url() -> str:
    return f"http://127.0.0.1:{settings().sandbox_port}"
