"""Read enableHR's errors: a list of problems for a 400, one problem otherwise."""

from __future__ import annotations

from typing import Any

from connectors.http.response import Response
from connectors.values.redaction import redact_all


def error_text(response: Response) -> str:
    """Return what enableHR says is wrong as a clean sentence, or that it gave no reason."""
    problems = response.data if isinstance(response.data, list) else [response.data]
    text = redact_all((_problem_text(problem) for problem in problems), response.secrets)
    return text or f"enableHR gave no reason (status {response.status})."


def _problem_text(problem: Any) -> str:
    if not isinstance(problem, dict):
        return ""
    return str(problem.get("detail") or problem.get("title") or "")
