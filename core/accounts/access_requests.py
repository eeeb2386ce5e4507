"""Requests for access: a signed-in person without a role asks for one, and Support grants or declines it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.accounts.users import add_role
from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import AccessRequest, Account, Role, User
from core.security import throttling
from core.security.actor import Actor, Permission, require_everywhere

MAX_NOTE = 500
# A person without a role may add no more rows to the audit, from which nothing can be removed.
ASKED_A_DAY = 10


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request, with the account that the person named, if any; ``granted`` is None until it is decided."""

    id: int
    user_id: int
    username: str
    name: str
    account_id: int | None
    account_name: str | None
    note: str
    asked_at: datetime
    decided_at: datetime | None
    granted: bool | None


def submit(actor: Actor, note: str, account_id: int | None = None) -> int:
    """Ask for access and return the request's id; while a request is open, asking again replaces its text."""
    if actor.user_id is None:
        raise ForbiddenError("Only a person who is signed in can ask for access.")
    note = note.strip()
    if not 1 <= len(note) <= MAX_NOTE:
        raise InvalidError(f"Enter your company and what you need, in up to {MAX_NOTE} characters.")
    try:
        with transaction() as session:
            _require_account(session, account_id)
            request = session.scalar(
                _open_request().where(AccessRequest.user_id == actor.user_id).with_for_update()
            )
            if request is None:
                request = AccessRequest(user_id=actor.user_id, account_id=account_id, note=note)
                session.add(request)
            elif (request.note, request.account_id) == (note, account_id):
                return request.id
            if not throttling.allow(session, f"access.ask {actor.user_id}", ASKED_A_DAY, timedelta(days=1)):
                raise ConflictError(
                    "You have asked often today. Your last request is kept; Support will see it."
                )
            request.note, request.account_id = note, account_id
            session.flush()
            trail.record(session, actor, "access.ask", f"user:{actor.user_id}")
            return request.id
    except IntegrityError as error:  # the same person has just asked in another window
        raise ConflictError("Your request has already been sent.") from error


def _require_account(session: Session, account_id: int | None) -> None:
    if account_id is not None and session.get(Account, account_id) is None:
        raise NotFoundError("There is no such account.")


def _open_request() -> Select[AccessRequest]:
    return select(AccessRequest).where(AccessRequest.decided_at.is_(None))


def latest_request(actor: Actor) -> RequestView | None:
    """Return the person's own newest request; None when they have never asked."""
    own = _views().where(AccessRequest.user_id == actor.user_id).order_by(AccessRequest.id.desc()).limit(1)
    with reading() as session:
        row = session.execute(own).first()
    return None if row is None else _view(*row)


def open_requests(actor: Actor) -> list[RequestView]:
    """Return the requests that Support has not decided, the oldest first."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    query = _views().where(AccessRequest.decided_at.is_(None)).order_by(AccessRequest.id)
    with reading() as session:
        return [_view(*row) for row in session.execute(query)]


def _views() -> Select[AccessRequest, User, str]:
    requests = select(AccessRequest, User, Account.name).join(User, User.id == AccessRequest.user_id)
    return requests.outerjoin(Account, Account.id == AccessRequest.account_id)


def _view(request: AccessRequest, user: User, account_name: str | None) -> RequestView:
    return RequestView(
        request.id,
        user.id,
        user.username,
        user.name,
        request.account_id,
        account_name,
        request.note,
        request.created_at,
        request.decided_at,
        request.granted,
    )


def grant(actor: Actor, request_id: int, account_id: int, role: Role) -> None:
    """Give a role to the person who asked. Raises ConflictError when the request has been decided already."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        user_id = _decide(session, actor, request_id, granted=True)
        if not session.get_one(User, user_id).active:
            raise ConflictError(
                "This person is switched off. Switch them on under Users first, then grant the request."
            )
        add_role(session, user_id, account_id, role)
        trail.record(session, actor.within(account_id), "access.grant", f"user:{user_id}", role=role.value)


def decline(actor: Actor, request_id: int) -> None:
    """Decline a request; the person sees that and may ask again. Raises ConflictError when it is already decided."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        user_id = _decide(session, actor, request_id, granted=False)
        trail.record(session, actor.within(None), "access.decline", f"user:{user_id}")


def _decide(session: Session, actor: Actor, request_id: int, *, granted: bool) -> int:
    if session.get(AccessRequest, request_id) is None:
        raise NotFoundError("There is no such request.")
    open_request = update(AccessRequest).where(
        AccessRequest.id == request_id, AccessRequest.decided_at.is_(None)
    )
    decided = open_request.values(decided_at=now(), decided_by=actor.user_id, granted=granted)
    user_id: int | None = session.scalar(decided.returning(AccessRequest.user_id))
    if user_id is None:
        raise ConflictError("This request has been decided already.")
    return user_id
