"""Structured logs on standard error: events with ids and counts, as text or as one JSON object a line."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.types import Processor

from connectors.values.redaction import MASK
from core.errors import StartError
from core.settings import settings

SECRET_KEY = re.compile(
    r"token|secret|password|passwd|credential|authori[sz]ation|cookie|verifier|(api|private|encryption)_?key|payload"
    r"|tfn|(^|_)ird(_|$)|tax_?(file)?_?number|bsb|account_?number|bank|super|date_of_birth|dob|e_?mail|phone|address|surname|first_?name",
    re.IGNORECASE,
)
QUIET = (
    "rq",
    "rq.worker",
    "rq_scheduler",
    "rq.scheduler",
    "alembic",
    "urllib3",
    "asyncio",
    "requests_oauthlib",
    "oauthlib",
)


def configure() -> None:
    """Set logging up for this process, as the settings say; call it once where a program begins."""
    level = logging.getLevelNamesMapping().get(settings().log_level.upper())
    if level is None:
        raise StartError("The setting IHUB_LOG_LEVEL cannot be used: choose DEBUG, INFO, WARNING or ERROR.")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *_SHARED,
            structlog.processors.format_exc_info,
            _renderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(
            sys.stderr
        ),  # the one of this moment: tests replace it
        cache_logger_on_first_use=False,
    )
    _quieten(max(level, logging.WARNING))


class _Handler(logging.Handler):
    """Writes to the standard error of the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 - a broken pipe must not end the program that logs
            self.handleError(record)


def _quieten(level: int) -> None:
    """Let other people's libraries say only what is at least a warning, in the same shape."""
    handler = _Handler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[ProcessorFormatter.remove_processors_meta, mask, _renderer()],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(level)


def _renderer() -> Processor:
    if settings().log_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )


def mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what stands under a key that speaks of a secret or of a person."""
    for key, value in event.items():
        event[key] = MASK if SECRET_KEY.search(key) else _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: MASK if SECRET_KEY.search(str(key)) else _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    return value


_SHARED: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    mask,
]
