"""Both systems of a connection, as a run uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract.connector import Connector
from connectors.contract.errors import ConfigError
from connectors.contract.protocols import Source, Target


@dataclass(frozen=True, slots=True)
class SystemPair:
    """Both systems of a connection, not open yet: use ``async with pair.source, pair.target``."""

    source: Source
    target: Target
    source_connector: Connector
    target_connector: Connector
    pairing_id: int
    # Everything that the translation of an employee depends on: the descriptions and settings of both systems.
    system_settings: str = ""

    def require_fits(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Check that the target's fields, with what the connection changes in them, can take what the source has.

        Raises ConfigError, with a sentence for each field that cannot.
        """
        source, target = self.source_connector, self.target_connector
        if faults := target.misfits(source.source_fields, changes):
            raise ConfigError(
                f"{target.name} cannot take some fields from {source.name} as they are mapped. {' '.join(faults)} "
                f"Change them on the Mapping tab, or correct the file of {target.name}."
            )
