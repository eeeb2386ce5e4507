"""What a target needs to know of an employment that goes on."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Employed(NamedTuple):
    """The field of the target that shows the end of an employment which, says the source, goes on."""

    field: str
    since: date | None
    """When it began, or began again."""
    reopens: bool
    """Whether the field may be blanked when somebody has come back; otherwise that is done at the target by hand."""
