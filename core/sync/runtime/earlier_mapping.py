"""The mapping that runs used before the present one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.models import MappingVersion, Run, RunKind


class EarlierMapping(NamedTuple):
    """The document, None for the file as it is, and when the first run with the present mapping began."""

    document: dict[str, Any] | None = None
    used_until: datetime | None = None


def load(session: Session, connection_id: int, version: int | None) -> EarlierMapping:
    """Return what a run with a version of the mapping needs; nothing where earlier runs had no other one.

    Previews, and runs that ended before they compared anybody, do not count: they store no links.
    """
    if not version:  # the file as it is; restoring it makes a new version
        return EarlierMapping()
    written = (Run.connection_id == connection_id, Run.kind != RunKind.PREVIEW, Run.read > 0)
    before = session.scalar(
        select(func.max(Run.mapping_version)).where(*written, Run.mapping_version < version)
    )
    if before is None:
        return EarlierMapping()
    since = session.scalar(select(func.min(Run.started_at)).where(*written, Run.mapping_version == version))
    row = session.get(MappingVersion, (connection_id, before))
    return EarlierMapping(None if row is None else row.document, since or now())
