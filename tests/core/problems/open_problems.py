"""The open problems in the store, as tests compare them."""

from __future__ import annotations

from sqlalchemy import select

from core.db import reading
from core.models import OpenProblem


def stored() -> list[OpenProblem]:
    """Return all open problems."""
    with reading() as session:
        return list(session.scalars(select(OpenProblem).order_by(OpenProblem.source_id, OpenProblem.kind)))


def codes() -> dict[str, list[str]]:
    """Return the codes of the open problems of each employee."""
    found: dict[str, list[str]] = {}
    for problem in stored():
        found.setdefault(problem.source_id, []).append(problem.code)
    return found
