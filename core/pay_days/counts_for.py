"""Which pay a change counts for: the next one while its cut-off is to come, afterwards the one after it."""

from __future__ import annotations

from datetime import datetime

from core.pay_days import stored
from core.pay_days.calendar import in_words
from core.security.actor import Actor


def describe(actor: Actor, connection_id: int, sent_at: datetime) -> str:
    """Say which pay it counts for what was sent at a moment; empty where that is not known.

    By the calendar in force now. Raises NotFoundError, ForbiddenError.
    """
    calendar = stored.get(actor, connection_id)
    coming, counts_for = calendar.next_pay(sent_at), calendar.next_open_pay(sent_at)
    if counts_for is None:
        return "" if coming is None else f"After the cut-off of the pay of {in_words(coming.paid_on)}"
    said = f"Pay of {in_words(counts_for.paid_on)}"
    if coming is not None and coming != counts_for:
        return f"{said}, the next period: after the cut-off of the pay of {in_words(coming.paid_on)}"
    return said
