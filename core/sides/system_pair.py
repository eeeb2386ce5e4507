"""Both systems of a connection, as a run uses them."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract.connector import Connector
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
