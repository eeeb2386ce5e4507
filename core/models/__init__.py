"""The tables of the store, by topic; import them from here."""

from core.models.access import AccessRequest, OAuthRequest, Session, SignInFailure, SignInTrip, Ticket
from core.models.accounts import Account, Membership, Role, User
from core.models.alerts import Alert, AlertKind
from core.models.audit import Audit
from core.models.base import Base
from core.models.connections import Connection, ConnectionStatus, Pairing, Position, Side, SideState
from core.models.consent import ClientRegistration, PendingGrant
from core.models.jobs import Every, Job, Schedule
from core.models.links import LeftOut, Link
from core.models.plans import Plan, PlanState
from core.models.rulings import Candidate, Ruling
from core.models.runs import Action, Decision, Parcel, Phase, Record, Run, RunKind, RunStatus, RunType

__all__ = [
    "AccessRequest",
    "Account",
    "Action",
    "Alert",
    "AlertKind",
    "Audit",
    "Base",
    "Candidate",
    "ClientRegistration",
    "Connection",
    "ConnectionStatus",
    "Decision",
    "Every",
    "Job",
    "LeftOut",
    "Link",
    "Membership",
    "OAuthRequest",
    "Pairing",
    "Parcel",
    "PendingGrant",
    "Phase",
    "Plan",
    "PlanState",
    "Position",
    "Record",
    "Role",
    "Ruling",
    "Run",
    "RunKind",
    "RunStatus",
    "RunType",
    "Schedule",
    "Session",
    "Side",
    "SideState",
    "SignInFailure",
    "SignInTrip",
    "Ticket",
    "User",
]
