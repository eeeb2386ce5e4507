"""API tokens: by one, a program reads tables of one account with the rights that its person has now.

A token is shown once, when it is created; the store holds its hash. What decides what the person may do is read again
for each request, so that a role that is taken away, or an account that is switched off, ends the token's use at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.audit import support_visits, trail
from core.audit.user_labels import user_label
from core.clock import now
from core.db import reading, transaction, try_transaction
from core.errors import InvalidError, NotFoundError
from core.models import ApiToken, User
from core.security.actor import ActingRole, Actor, Permission, require
from core.security.vault import digest
from core.sign_in import sessions

PREFIX = "ihub_"
LONGEST_NAME, LONGEST_DAYS, MOST_TOKENS = 100, 365, 20
# Longer than any token; nothing this long is looked up.
LONGEST_TOKEN = 200


class ApiScope(StrEnum):
    """What a token may read: the tables of the data set."""

    RUNS = "runs"
    RECORDS = "records"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token that can still be used, or has expired; never the token itself."""

    id: int
    person: str
    name: str
    scopes: tuple[ApiScope, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None

    @property
    def has_expired(self) -> bool:
        """Say whether it can no longer be used."""
        return self.expires_at <= now()


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Who a program acts as, and what it may read; ``id`` is the token's."""

    id: int
    actor: Actor
    scopes: frozenset[ApiScope]


def create_token(actor: Actor, name: str, scopes: Sequence[ApiScope], days: int) -> str:
    """Return a new token, which is shown nowhere again. Raises InvalidError, NotFoundError, ForbiddenError."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    if actor.user_id is None or actor.account_id is None:
        raise InvalidError("A token belongs to a person. Sign in to iHUB and create it there.")
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidError(f"Give the token a name of at most {LONGEST_NAME} characters, such as Power BI.")
    if not scopes:
        raise InvalidError("Choose at least one table that the token may read.")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidError(f"A token is valid for 1 to {LONGEST_DAYS} days.")
    token, expires_at = PREFIX + secrets.token_urlsafe(32), now() + timedelta(days=days)
    tables = [scope.value for scope in ApiScope if scope in scopes]
    with transaction() as session:
        _require_few(session, actor)
        session.add(
            ApiToken(
                user_id=actor.user_id,
                account_id=actor.account_id,
                name=name,
                token_hash=digest(token),
                tables=tables,
                expires_at=expires_at,
            )
        )
        until = f"{expires_at:%Y-%m-%d}"
        trail.record(
            session,
            actor,
            "token.create",
            f"user:{actor.user_id}",
            api_token=name,
            tables=", ".join(tables),
            until=until,
        )
    return token


def _require_few(session: Session, actor: Actor) -> None:
    theirs = (ApiToken.user_id == actor.user_id, ApiToken.account_id == actor.account_id)
    live = (ApiToken.revoked_at.is_(None), ApiToken.expires_at > now())
    if (session.scalar(select(func.count()).where(*theirs, *live)) or 0) >= MOST_TOKENS:
        raise InvalidError(f"You have {MOST_TOKENS} tokens already. Revoke one that is not used any more.")


def list_tokens(actor: Actor) -> list[TokenView]:
    """Return a person's tokens in the account; for those who manage the account, everybody's. The newest come first."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = (
        select(ApiToken, user_label(ApiToken.account_id))
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.account_id == actor.account_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    if not actor.may(Permission.CHANGE_ACCOUNT):
        query = query.where(ApiToken.user_id == actor.user_id)
    with reading() as session:
        return [_view(*row) for row in session.execute(query)]


def _view(row: ApiToken, person: str) -> TokenView:
    scopes = tuple(scope for scope in ApiScope if scope in row.tables)
    return TokenView(row.id, person, row.name, scopes, row.created_at, row.expires_at, row.last_used_at)


def revoke_token(actor: Actor, token_id: int) -> None:
    """End a token: one's own, or anybody's of the account for those who manage it. Raises NotFoundError."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with transaction() as session:
        row = session.get(ApiToken, token_id)
        if (
            row is None
            or row.account_id != actor.account_id
            or not (row.user_id == actor.user_id or actor.may(Permission.CHANGE_ACCOUNT))
        ):
            raise NotFoundError("There is no such token in this account.")
        if row.revoked_at is None:
            row.revoked_at = now()
            trail.record(session, actor, "token.revoke", f"user:{row.user_id}", api_token=row.name)


def use_token(token: str, address: str | None = None) -> TokenUse | None:
    """Return who a token acts as; None when it is none, has ended, or its person may not read the account now."""
    if not token.startswith(PREFIX) or len(token) > LONGEST_TOKEN:
        return None
    with reading() as session:
        row = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest(token)))
        if row is None or row.revoked_at is not None or row.expires_at <= now():
            return None
        user = session.get_one(User, row.user_id)
        possible = sessions.possible_actors(session, user, address)
    actor = next((each for each in possible if each.account_id == row.account_id), None)
    if actor is None or not actor.may(Permission.SEE_REPORTS):
        return None
    if actor.role is ActingRole.SUPPORT:
        support_visits.record_visit(actor)
    _mark_used(row)
    return TokenUse(row.id, actor, frozenset(ApiScope(table) for table in row.tables))


def _mark_used(row: ApiToken) -> None:
    """Remember when it was used, once a minute at most."""
    moment = now()
    if row.last_used_at is not None and row.last_used_at > moment - timedelta(minutes=1):
        return
    change = update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=moment)
    try_transaction(lambda session: session.execute(change))
