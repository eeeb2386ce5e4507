"""The order of runs: a connection's one at a time, as they were requested, and accounts in turn.

Accounts take turns in each queue by start-time fair queueing. A task gets a turn: that of the task that was taken last,
or the one after its account's previous task, whichever is later. It stands in front of all tasks with later turns, so
that of an account with a hundred runs in the queue at most one is ahead of another account's.
"""

from __future__ import annotations

from redis import Redis
from sqlalchemy import ColumnElement, bindparam, exists, literal, or_
from sqlalchemy.orm import aliased

from core.models import Run, RunStatus

_other = aliased(Run)
_of_connection = exists().where(_other.connection_id == Run.connection_id).correlate(Run)


def _is(status: RunStatus) -> ColumnElement[bool]:
    """Compare with a status that is written into the statement, so that SQLite uses the index of such runs."""
    return _other.status == literal(status, Run.status.type, literal_execute=True)


def is_unfinished() -> ColumnElement[bool]:
    """Return the condition that a run has not ended, written so that SQLite uses the index of such runs."""
    statuses = bindparam(None, RunStatus.unfinished(), Run.status.type, expanding=True, literal_execute=True)
    return Run.status.in_(statuses)


# The condition on a queued run that another run of its connection is running, or was requested earlier.
HAS_TO_WAIT = or_(
    _of_connection.where(_is(RunStatus.RUNNING)),
    _of_connection.where(_is(RunStatus.QUEUED), _other.id < Run.id),
)

# Give the task ARGV[1] of the account ARGV[2] its turn and its place in the list KEYS[1]. One that a worker has taken
# already only counts. Turns never fall from the front to the end, but some tasks have none.
PLACE = """
local now = tonumber(redis.call('HGET', KEYS[2], 'now') or 0)
local turn = math.max(now, tonumber(redis.call('HGET', KEYS[2], 'next:' .. ARGV[2]) or 0))
redis.call('HSET', KEYS[2], 'next:' .. ARGV[2], turn + 1)
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then
    redis.call('HSET', KEYS[2], 'now', turn)
    return 0
end
redis.call('HSET', KEYS[2], 'turn:' .. ARGV[1], turn)
local function turn_at(at)
    return tonumber(redis.call('HGET', KEYS[2], 'turn:' .. redis.call('LINDEX', KEYS[1], at)) or '')
end
local from, to = 0, redis.call('LLEN', KEYS[1])
local last = to > 0 and turn_at(to - 1)
if last and last <= turn then from = to end
while from < to do
    local middle = math.floor((from + to) / 2)
    local at, there = middle, turn_at(middle)
    while not there and at > from do
        at = at - 1
        there = turn_at(at)
    end
    if there and there > turn then to = at else from = middle + 1 end
end
local behind = redis.call('LINDEX', KEYS[1], from)
if behind then
    return redis.call('LINSERT', KEYS[1], 'BEFORE', behind, ARGV[1])
end
return redis.call('RPUSH', KEYS[1], ARGV[1])
"""
# A worker has taken the task ARGV[1].
TAKEN = """
local turn = tonumber(redis.call('HGET', KEYS[1], 'turn:' .. ARGV[1]) or '')
if turn then
    local now = tonumber(redis.call('HGET', KEYS[1], 'now') or 0)
    redis.call('HSET', KEYS[1], 'now', math.max(now, turn))
    redis.call('HDEL', KEYS[1], 'turn:' .. ARGV[1])
end
return 0
"""


def place_fairly(connection: Redis, queue_name: str, queue_key: str, task_id: str, account_id: int) -> None:
    """Move a task that was just put at the end of a queue to where its account's turn is. Raises RedisError."""
    connection.eval(PLACE, 2, queue_key, _turns(queue_name), task_id, str(account_id))


def note_taken(connection: Redis, queue_name: str, task_id: str) -> None:
    """Note that a worker has taken a task, so that later ones count from its turn. Raises RedisError."""
    connection.eval(TAKEN, 1, _turns(queue_name), task_id)


def _turns(queue_name: str) -> str:
    return f"ihub:turns:{queue_name}"
