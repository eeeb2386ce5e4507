"""The tables of the store, by topic; import them from here."""

from core.models.access import OAuthRequest, Session, SignInFailure, Ticket
from core.models.accounts import Account, Membership, Role, User
from core.models.alerts import Alert, AlertKind
from core.models.audit import Audit
from core.models.base import Base
from core.models.connections import Connection, ConnectionStatus, Pairing, Position, Side, SideState
from core.models.consent import ClientRegistration, PendingGrant
from core.models.jobs import Every, Job, Schedule
from core.models.links import Link
from core.models.runs import Action, Decision, Phase, Record, Run, RunKind, RunStatus, RunType

__all__ = [
    "Account",
    "Action",
    "Alert",
    "AlertKind",
    "Audit",
    "Base",
    "ClientRegistration",
    "Connection",
    "ConnectionStatus",
    "Decision",
    "Every",
    "Job",
    "Link",
    "Membership",
    "OAuthRequest",
    "Pairing",
    "PendingGrant",
    "Phase",
    "Position",
    "Record",
    "Role",
    "Run",
    "RunKind",
    "RunStatus",
    "RunType",
    "Schedule",
    "Session",
    "Side",
    "SideState",
    "SignInFailure",
    "Ticket",
    "User",
]
