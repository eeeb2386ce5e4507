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
LIBRARY_LOGGERS = (
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
    """Configure logging for this process from the settings; every program calls it once at its start."""
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
        # Looked up for each logger, because tests replace standard error.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _configure_library_loggers(max(level, logging.WARNING))


class _Handler(logging.Handler):
    """Writes to the current standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 - a broken pipe must not end the program that logs
            self.handleError(record)


def _configure_library_loggers(level: int) -> None:
    """Log only warnings and errors of libraries, in the same format."""
    handler = _Handler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[ProcessorFormatter.remove_processors_meta, mask_secrets, _renderer()],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in LIBRARY_LOGGERS:
        logging.getLogger(name).setLevel(level)


def _renderer() -> Processor:
    if settings().log_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every value whose key names a secret or personal data."""
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
    mask_secrets,
]
