"""How a run ended, in words beside its status: a run that finished with errors is not one that could not run."""

from __future__ import annotations

from enum import StrEnum

from core.models import RunStatus


class Ending(StrEnum):
    """How a run ended; empty where the status says it all."""

    NONE = ""
    FINISHED = "finished"
    FINISHED_WITH_ERRORS = "finished with errors"
    COULD_NOT_RUN = "could not run"
    STOPPED_PART_WAY = "stopped part-way"


def ending(status: RunStatus, *, aborted: bool, written: int) -> Ending:
    """Return how a run ended. ``aborted``: it could not continue, for example because a system was down."""
    if status is RunStatus.COMPLETE:
        return Ending.FINISHED
    if status is not RunStatus.ERROR:
        return Ending.NONE
    if not aborted:
        return Ending.FINISHED_WITH_ERRORS
    return Ending.STOPPED_PART_WAY if written else Ending.COULD_NOT_RUN
