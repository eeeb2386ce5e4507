"""Switches that make a system fail, and counters of its requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """How one system behaves; by default it does not fail.

    ``only_method`` and ``only_path`` narrow the failures (from ``latency_ms`` to
    ``slow_body_seconds``) to requests with that method and with that text in their path.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    only_method: str = ""
    only_path: str = ""
    latency_ms: float = Field(0, ge=0)
    hang_seconds: float = Field(0, ge=0)
    fail_next: int = Field(0, ge=0)
    fail_every: int = Field(0, ge=0)
    fail_status: int = Field(500, ge=400, le=599)
    repeat_next: int = Field(0, ge=0)
    html_instead_of_json: bool = False
    reset_connection_next: int = Field(0, ge=0)
    answer_lost_next: int = Field(0, ge=0)
    half_answer_next: int = Field(0, ge=0)
    slow_body_seconds: float = Field(0, ge=0)
    rate_limit: float = Field(0, ge=0)
    retry_after: float = Field(1, ge=0)
    unauthorised: bool = False
    cursor_stuck: bool = False
    strict_refresh: bool = False
    two_accounts: bool = False
    create_then_500: int = Field(0, ge=0)
    full_replace: bool = False
    fail_actions: int = Field(0, ge=0)
    action_seconds: float = Field(0.3, ge=0)
    refuse_employees: dict[str, str] = {}
    locked_employees: list[str] = []


@dataclass(slots=True)
class Counters:
    """Requests to a system since the program started or was reset."""

    requests: int = 0
    routes: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    creates: int = 0
    updates: int = 0
    rejected: int = 0
    too_many_requests: int = 0
    tokens_issued: int = 0
    tokens_refreshed: int = 0
    tokens_revoked: int = 0
    # By the name of a switch, the number of requests it made fail, cut off or slowed down.
    faults: dict[str, int] = field(default_factory=dict)

    def count(self, route: str, status: str) -> None:
        """Count one request; the status is a number or "lost"."""
        self.requests += 1
        self.routes[route] = self.routes.get(route, 0) + 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.too_many_requests += status == "429"

    def count_fault(self, switch: str) -> None:
        """Count one request that a switch made fail."""
        self.faults[switch] = self.faults.get(switch, 0) + 1


def with_changes(switches: Switches, changes: dict[str, Any]) -> Switches:
    """Return the switches with some changes. Raises ValidationError for a wrong name or value."""
    return Switches.model_validate(switches.model_dump() | changes)
