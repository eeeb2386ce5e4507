"""enableHR's errors in its own words: a list of problems for a 400, one problem otherwise."""

from __future__ import annotations

from typing import Any

from connectors.http.response import Answer
from connectors.values.redaction import redact_all


def words(answer: Answer) -> str:
    """Return what enableHR said as a clean sentence, or that it said nothing."""
    problems = answer.data if isinstance(answer.data, list) else [answer.data]
    said = redact_all((_one(problem) for problem in problems), answer.secrets)
    return said or f"enableHR gave no reason (status {answer.status})."


def _one(problem: Any) -> str:
    if not isinstance(problem, dict):
        return ""
    return str(problem.get("detail") or problem.get("title") or "")
