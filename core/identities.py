"""People whom enableHR has named: which user of iHUB they are, and whether that user may come in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from connectors.enablehr.identity import Identity
from core import access, sessions
from core.db import transaction
from core.models import User

NAME_IS_LOCAL = (
    "iHUB has a local user with the name that you have in enableHR, so the two cannot be told apart. "
    "Ask the operator of iHUB to give the local user another name."
)


def admit(identity: Identity, address: str | None) -> int:
    """Return the user this person is; somebody new is written down without any role.

    Raises NoAccessError when Support has granted nothing, SignInRefusedError when a local user has the name.
    """
    try:
        user, welcome = _recorded(identity)
    except IntegrityError:  # the same person at the same moment in another browser
        user, welcome = _recorded(identity)
    if user.password_hash is not None:
        access.note(user, "refused", address)
        raise access.SignInRefusedError(NAME_IS_LOCAL)
    if not welcome:
        access.note(user, "no access", address)
        raise access.NoAccessError(user.id)
    return user.id


def _recorded(identity: Identity) -> tuple[User, bool]:
    """Find or add the person and keep what enableHR says of them; a local user is left as they are."""
    with transaction() as session:
        user = session.scalar(select(User).where(User.username == identity.username))
        if user is not None and user.password_hash is not None:
            return user, False
        if user is None:
            user = User(username=identity.username, name=identity.name, active=True, is_support=False)
            session.add(user)
        user.name, user.enablehr_accounts = identity.name, dict(identity.accounts)
        session.flush()
        return user, sessions.has_access(session, user)
