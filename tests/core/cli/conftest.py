"""Run commands in this process."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from core.cli.app import app


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it left."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> Any:
        """Return the one JSON object on standard output."""
        return json.loads(self.out)


Command = Callable[..., Answer]


@pytest.fixture
def command() -> Iterator[Command]:
    """Give the test ``command("account", "list")``; an exception nobody expected is raised."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)

    def run(*words: object, input: str | None = None) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words], input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    yield run
    structlog.reset_defaults()
    root.setLevel(before[0])
    root.handlers[:] = before[1]
