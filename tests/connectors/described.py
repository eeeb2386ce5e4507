"""Systems of the catalogue for tests."""

from __future__ import annotations

from functools import cache
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.protocols import Authoriser
from connectors.http.retry import Retry
from connectors.rest.client.capabilities import target_class
from connectors.rest.client.target import RestTarget
from connectors.rest.description.system import System
from connectors.rest.loader import CATALOGUE, load_system

QUICK = Retry(first_wait=0.01)


@cache
def described(kind: str) -> System:
    """Return a system of iHUB's own catalogue."""
    return load_system(CATALOGUE / f"{kind}.yaml")


def settings_of(kind: str, **values: Any) -> SideSettings:
    """Return settings of a system: those passed, and the defaults of the others."""
    return described(kind).form.model_validate(values)


def target_of(kind: str, authoriser: Authoriser, **values: Any) -> RestTarget:
    """Return a system as a target with quick retries, not opened yet."""
    system, settings = described(kind), settings_of(kind, requests_per_second=1000, **values)
    return target_class(system.description)(system, settings, authoriser, retry=QUICK)
