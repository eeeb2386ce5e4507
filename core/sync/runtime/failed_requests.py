"""Keep what either system refuses or does not answer in a run, where it is not about one employee."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from connectors.contract.exchanges import FailedExchanges
from core.runs import request_log


@contextmanager
def kept_failures(run_id: int) -> Iterator[None]:
    """Store the failed requests of a block when it ends, however it does. A run does not fail because of them."""
    failed = FailedExchanges(not_found=False)
    try:
        with failed:
            yield
    finally:
        if failed:
            with suppress(SQLAlchemyError):
                request_log.add_of_run(run_id, failed)
