"""Propose a file from a vendor's interface description. What is guessed has to be checked, and says so."""

from __future__ import annotations

from connectors.rest.trial import draft_requests
from connectors.rest.trial.draft_fields import quoted, source_lines, target_lines
from connectors.rest.trial.draft_sign_in import authorisation_lines
from connectors.rest.trial.openapi import OpenApi


def draft(api: OpenApi, kind: str) -> str:
    """Return the text of a file. Raises OpenApiError when the description has no list of employees."""
    found = draft_requests.find_requests(api)
    info = api.document.get("info") or {}
    name = str(info.get("title") or kind.title()).strip().replace('"', "'")
    base = (
        api.servers[0] if api.servers and api.servers[0].startswith("https://") else "https://api.example.com"
    )
    lines = [
        "# A draft from the description of the system. CHECK marks what was guessed. Then:",
        f"#   python -m core connectors check {kind}.yaml --against https://…",
        f"kind: {kind}",
        f"name: {quoted(name)}",
        f"summary: {quoted(f'{name}, as its description says.')}",
        f"url: {base}",
        *authorisation_lines(api, base),
        *draft_requests.request_lines(api, found),
    ]
    employee = draft_requests.listed_employee(api, found)
    lines += source_lines(api, employee)
    body = draft_requests.sent_employee(api, found)
    if found.create and found.get and found.update and body:
        lines += target_lines(api, body, employee)
    return "\n".join(line for line in lines if line) + "\n"
