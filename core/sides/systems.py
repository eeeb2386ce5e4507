"""Load the systems of a connection, ready to be opened."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import select

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.locality import Locality
from connectors.contract.protocols import Authoriser, Organisation, Source, Target
from connectors.http.pacing import Pacer
from connectors.registry import connector_of
from core.clock import now
from core.db import reading
from core.models import Account, Connection, ConnectionStatus, Position, Side, SideState
from core.queue.shared_pacer import SharedPacer
from core.settings import settings
from core.sides import credentials
from core.sides.system_pair import SystemPair
from core.time_zones import account_zone

CHECK_SECONDS = 30
# Settings that say when a system is used or where people look, not how an employee is read or written.
APART = {"closed_hours", "employee_page"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConnectedSystem:
    """One system, with the settings and the authoriser for its requests."""

    connector: Connector
    settings: SideSettings
    authoriser: Authoriser
    # None while a side is being connected: no other process uses it yet.
    side_id: int | None = None
    # Where the account is; None while a side is being connected: no employee is read yet.
    locality: Locality | None = None
    # Whose it is: files on this server are in a folder of each account.
    account_id: int | None = None


def load_system_pair(connection_id: int) -> SystemPair:
    """Return both systems. Raises ConfigError or AuthError when the connection cannot be used as it is."""
    with reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or connection.status is ConnectionStatus.DELETED:
            raise ConfigError("This connection has been deleted.")
        pairing_id = connection.pairing_id
        sides = {side.position: side for side in connection.sides}
        account = session.get_one(Account, connection.account_id)
        zone, region = account.time_zone, account.region
    local = account_zone(zone)
    locality = Locality(local, now().astimezone(local).date(), region)
    source, target = (
        replace(system_for(sides[position]), locality=locality)
        for position in (Position.SOURCE, Position.TARGET)
    )
    if pairing_id is None:
        raise ConfigError("This connection is not Active. Connect both systems first.")
    system_settings = " ".join(
        f"{system.connector.kind} {system.connector.code_version} {system.settings.model_dump_json(exclude=APART)}"
        for system in (source, target)
    )
    system_settings += f" {zone} {region}"
    return SystemPair(
        _source(source), _target(target), source.connector, target.connector, pairing_id, system_settings
    )


def system_for(side: Side) -> ConnectedSystem:
    """Return the system of a connected side. Raises AuthError when the side is not connected."""
    connector = connector_of(side.kind)
    if side.state is not SideState.CONNECTED:
        raise AuthError(f"{connector.name} is not connected. Open Connections and reconnect it.")
    return ConnectedSystem(
        connector,
        parse_settings(connector, side.settings),
        credentials.SideAuthoriser(side.id),
        side.id,
        account_id=account_of(side),
    )


def account_of(side: Side) -> int | None:
    """Return the account whose folder a side uses; None for a system that uses none."""
    if not connector_of(side.kind).uses_folder:
        return None
    with reading() as session:
        return session.get_one(Connection, side.connection_id).account_id


def folder_of(account_id: int | None) -> Path | None:
    """Return the folder of this server whose files an account may use; None where there is none."""
    root = settings().files
    return None if root is None or account_id is None else root / str(account_id)


def system_by_side_id(side_id: int) -> ConnectedSystem:
    """Return the system of a connected side by the side's id. Raises AuthError when it is not connected."""
    with reading() as session:
        side = session.scalars(select(Side).where(Side.id == side_id)).one()
    return system_for(side)


def open_source(side: Side) -> Source:
    """Return the source of a side, to be opened with ``async with``. Raises ConfigError or AuthError."""
    return _source(system_for(side))


def open_target(side: Side) -> Target:
    """Return the target of a side, to be opened with ``async with``. Raises ConfigError or AuthError."""
    return _target(system_for(side))


def _source(system: ConnectedSystem) -> Source:
    if system.connector.source is None:
        raise ConfigError(f"{system.connector.name} cannot be the source of a connection.")
    return system.connector.source(
        _capped_settings(system),
        system.authoriser,
        **_shared_pacer(system),
        **_locality(system),
        **_folder(system),
    )


def _target(system: ConnectedSystem) -> Target:
    if system.connector.target is None:
        raise ConfigError(f"{system.connector.name} cannot be the target of a connection.")
    return system.connector.target(
        _capped_settings(system),
        system.authoriser,
        **_shared_pacer(system),
        **_locality(system),
        **_folder(system),
    )


def _capped_settings(system: ConnectedSystem) -> SideSettings:
    """Return a side's settings with no more requests at the same time than the operator allows."""
    chosen, most = getattr(system.settings, "concurrency", None), settings().concurrency
    return (
        system.settings
        if chosen is None or chosen <= most
        else system.settings.model_copy(update={"concurrency": most})
    )


def _locality(system: ConnectedSystem) -> dict[str, Locality]:
    """Return where the account is, if the connector asks for it."""
    if not system.connector.localised or system.locality is None:
        return {}
    return {"locality": system.locality}


def _folder(system: ConnectedSystem) -> dict[str, Path | None]:
    """Return the account's folder on this server, if the connector asks for it."""
    return {"folder": folder_of(system.account_id)} if system.connector.uses_folder else {}


def _shared_pacer(system: ConnectedSystem) -> dict[str, Pacer]:
    """Return the pacer that all processes share for this side, if the connector uses one."""
    if not system.connector.paced or system.side_id is None:
        return {}
    rate = getattr(system.settings, "requests_per_second", None)
    return {"pacer": SharedPacer(f"{system.connector.kind}:{system.side_id}", rate)}


def parse_settings(connector: Connector, settings: Mapping[str, Any]) -> SideSettings:
    """Parse a side's settings. Raises ConfigError with the names of unusable settings, never with their values."""
    try:
        return connector.settings.model_validate(settings)
    except ValidationError as error:
        problems = {
            _problem(connector, each["loc"], each["msg"]) for each in error.errors(include_input=False)
        }
        raise ConfigError(
            f"Settings of {connector.name} cannot be used: {', '.join(sorted(problems))}."
        ) from None


def _problem(connector: Connector, path: Sequence[int | str], message: str) -> str:
    """Return which setting is wrong, by the title that its form shows, and why."""
    field = connector.settings.model_fields.get(str(path[0])) if path else None
    name = (field.title if field else None) or ".".join(map(str, path)) or "all of them"
    return f"{name} ({message.removeprefix('Value error, ').removesuffix('.')})"


def check_system(system: ConnectedSystem, position: Position) -> Organisation:
    """Return the organisation whose data the credentials give access to. Raises ConnectorError."""
    return run_async(_check(_source(system) if position is Position.SOURCE else _target(system)))


async def _check(system: Source | Target) -> Organisation:
    try:
        async with asyncio.timeout(CHECK_SECONDS), system:
            return await system.check()
    except TimeoutError as error:
        raise TemporaryError(
            f"The system did not respond within {CHECK_SECONDS} seconds. Try again later."
        ) from error


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run async work from synchronous code, whether or not this thread has a running event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
