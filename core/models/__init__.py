"""The tables of the store, by topic, imported from here."""

from core.models.access import (
    AccessRequest,
    ApiToken,
    OAuthRequest,
    Session,
    SignInRequest,
    ThrottleEvent,
    Ticket,
)
from core.models.accounts import Account, Membership, Role, User
from core.models.alerts import Alert, AlertKind
from core.models.audit import Audit
from core.models.base import Base
from core.models.connections import (
    Connection,
    ConnectionStatus,
    Pairing,
    Position,
    ReadChoices,
    Side,
    SideState,
)
from core.models.field_conflicts import ConflictState, FieldConflict
from core.models.jobs import Every, Job, PayCalendarVersion, Schedule, StoreCheck
from core.models.links import (
    BranchList,
    Exclusion,
    Hold,
    KeptEmployee,
    KeptEmployeeBatch,
    KnownPerson,
    Link,
    ScopeRecheck,
    UnansweredCreate,
)
from core.models.mapping import MappingDraft, MappingPreview, MappingSample, MappingVersion
from core.models.oauth import OAuthClient, PendingGrant
from core.models.problems import HiddenProblems, OpenProblem, ProblemKind
from core.models.requests import RecordPart, RequestLog
from core.models.review import Candidate, Plan, PlanState, RejectedMatch
from core.models.runs import (
    Action,
    Decision,
    PayloadBatch,
    Phase,
    Record,
    Run,
    RunKind,
    RunSelection,
    RunStatus,
    Trigger,
)

__all__ = [
    "AccessRequest",
    "Account",
    "Action",
    "Alert",
    "AlertKind",
    "ApiToken",
    "Audit",
    "Base",
    "BranchList",
    "Candidate",
    "ConflictState",
    "Connection",
    "ConnectionStatus",
    "Decision",
    "Every",
    "Exclusion",
    "FieldConflict",
    "HiddenProblems",
    "Hold",
    "Job",
    "KeptEmployee",
    "KeptEmployeeBatch",
    "KnownPerson",
    "Link",
    "MappingDraft",
    "MappingPreview",
    "MappingSample",
    "MappingVersion",
    "Membership",
    "OAuthClient",
    "OAuthRequest",
    "OpenProblem",
    "Pairing",
    "PayCalendarVersion",
    "PayloadBatch",
    "PendingGrant",
    "Phase",
    "Plan",
    "PlanState",
    "Position",
    "ProblemKind",
    "ReadChoices",
    "Record",
    "RecordPart",
    "RejectedMatch",
    "RequestLog",
    "Role",
    "Run",
    "RunKind",
    "RunSelection",
    "RunStatus",
    "Schedule",
    "ScopeRecheck",
    "Session",
    "Side",
    "SideState",
    "SignInRequest",
    "StoreCheck",
    "ThrottleEvent",
    "Ticket",
    "Trigger",
    "UnansweredCreate",
    "User",
]
