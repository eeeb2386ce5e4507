"""Whether the mapping in force still fits the file of the target, which can change with an update of iHUB."""

from __future__ import annotations

from sqlalchemy.orm import Session

from connectors.contract.errors import ConfigError
from core.mapping import checking, stored
from core.mapping.document import MappingFaultsError
from core.models import Connection


def find_fault(session: Session, connection: Connection) -> str | None:
    """Return why no run of a connection can start because of its mapping, and what to do; None when one can."""
    number = connection.mapping_version
    try:
        if shown := checking.find_shown_secrets(session, connection.id):
            return (
                f"The connector file no longer fits the source, so that no run can start. {' '.join(shown)}"
            )
        if number == 0:
            return None
        document = stored.load(session, connection.id, number).document
        # A condition of the scope that asks for what has vanished meets nobody, and an alert says so.
        checking.require_fits(session, connection.id, document.model_copy(update={"scope": None}))
    except MappingFaultsError as error:
        faults = " ".join(error.sentences)
        return (
            f"Version {number} of the mapping no longer fits the connector file, so that no run can start. {faults} "
            "Correct the mapping, or restore an earlier version."
        )
    except ConfigError:  # the connector itself cannot be used, which is said elsewhere
        return None
    return None
