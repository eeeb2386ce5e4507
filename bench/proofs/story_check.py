"""The promise of a person's story: every sentence follows from what is stored, and nothing stored is left out.

The checker shares nothing with ``core.story`` but the rows: it takes each sentence apart and looks for what it claims.
One file, because it is one list of what each sentence claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from core.models import Action, Decision
from core.runs.matched_by import MatchedBy
from core.runs.outcome_catalogue import CATALOGUE
from core.story.rows import DecisionRow, PersonRows, RecordRow
from core.story.story import Event, Story

# A sentence names a time to the minute.
EXACT = timedelta(minutes=1)
ONE = re.compile(r"Run #(\d+), .+\.")
SEVERAL = re.compile(r"(\d+) runs with the same outcome, from #(\d+), .+, to #(\d+), .+\.")
DIFFER = re.compile(r"(\d+) fields? differed: (.+)\.")
FOUND = re.compile(r"They were found to be (.+?) in \S+(?:, by (.+))?\.")
WORDS = {
    "employee number": 1,
    "tax number": 2,
    "name": 4,
    "similar name": 8,
    "birth date": 16,
    "e-mail": 32,
    "postcode": 64,
    "the link of an earlier record": 128,
    "a person's decision": 256,
    "what an earlier run sent": 1024,
}
NO_LINK = re.compile(r"They are linked with nobody in \S+\.")
LINK = re.compile(r"They are linked with (.+?) in \S+?(?:, (created by iHUB|by (.+)))?\.")
MADE = re.compile(r"The link was made in run #(\d+), .+?(, or earlier)?\.")
DECIDED = re.compile(r"The link is (.+)'s decision of .+\.")
PERSON = {
    "link.make": re.compile(r"(?P<who>.+) linked them with (?P<target>.+) in \S+, .+\."),
    "link.break": re.compile(r"(?P<who>.+) unlinked them from (?P<target>.+) in \S+, .+\."),
    "link.refuse": re.compile(r"(?P<who>.+) decided that nobody in \S+ is them, .+\."),
    "link.undo": re.compile(r"(?P<who>.+) took the last decision about their link back, .+\."),
}
# What each decision means for the first four steps: how many of them were passed.
BEFORE_WRITING = 4
UNSURE = ("AMBIGUOUS", "ALREADY_LINKED")


def check_story(rows: PersonRows, story: Story) -> Iterator[str]:
    """Yield what is wrong with a story, in words."""
    yield from _check_link(rows, story.link)
    with_steps = [event for event in story.events if event.steps]
    yield from _check_runs(rows, with_steps)
    others = [event.headline for event in story.events if not event.steps]
    yield from _check_decisions(rows, others)
    for newer, older in pairwise(story.events):
        if newer.at < older.at:
            yield f"in the wrong order: {older.headline}"


def _check_runs(rows: PersonRows, with_steps: Sequence[Event]) -> Iterator[str]:
    """Check that the events are all runs, each once and in one event with those that ended alike."""
    by_id = {row.run_id: row for row in rows.records}
    order = [row.run_id for row in rows.records]
    said: list[int] = []
    for event in sorted(with_steps, key=lambda each: order.index(each.run_id or 0)):
        runs = _runs_of(event, order)
        if runs is None:
            yield f"not a headline of known runs: {event.headline}"
            continue
        said += runs
        outcomes = {_facts(by_id[each]) for each in runs}
        if len(outcomes) > 1:
            yield f"did not end alike: {event.headline}"
        yield from _check_steps(by_id[runs[-1]], event)
    if said != order:
        yield f"says runs {said} of {order}"
    for older, newer in pairwise(sorted(with_steps, key=lambda each: order.index(each.run_id or 0))):
        if _facts(by_id[older.last_run_id or 0]) == _facts(by_id[newer.run_id or 0]):
            yield f"two events for one outcome: {newer.headline}"


def _runs_of(event: Event, order: list[int]) -> list[int] | None:
    if one := ONE.fullmatch(event.headline):
        number = int(one[1])
        return [number] if number in order else None
    several = SEVERAL.fullmatch(event.headline)
    if several is None or {int(several[2]), int(several[3])} - set(order):
        return None
    runs = order[order.index(int(several[2])) : order.index(int(several[3])) + 1]
    return runs if len(runs) == int(several[1]) > 1 else None


def _facts(row: RecordRow) -> tuple[object, ...]:
    outcome = (row.decision, row.reason, row.action, row.message)
    return (*outcome, row.target_id, row.matched_by, row.fields, row.warnings, row.hidden, row.parts)


def _check_steps(row: RecordRow, event: Event) -> Iterator[str]:
    if [step.stage.name for step in event.steps] != [
        "IMPORTED",
        "IN_SCOPE",
        "MATCHED",
        "COMPARED",
        "WRITTEN",
    ]:
        yield f"run {row.run_id} has other steps"
        return
    for number, step in enumerate(event.steps):
        if step.sentence and not _follows(number, step.sentence, row):
            yield f"run {row.run_id}: {step.sentence!r} does not follow from {row}"
        if (step.mark.name in ("NOT_REACHED", "NOT_NOTED")) != (not step.sentence):
            yield f"run {row.run_id}: {step.stage} is {step.mark} and says {step.sentence!r}"
    stopped = [number for number, step in enumerate(event.steps) if step.mark.name == "STOPPED"]
    after = event.steps[stopped[0] + 1 :] if stopped else ()
    if len(stopped) > 1 or any(step.sentence for step in after):
        yield f"run {row.run_id} continues after it stopped"
    if _is_written(row) == bool(stopped):
        yield f"run {row.run_id}: stopped at {stopped}, of {row}"
    if list(event.parts) != [f"{label}: {action}" for label, action in row.parts]:
        yield f"run {row.run_id} says {event.parts} of the parts {row.parts}"
    notes = [each.note for each in row.hidden if each.until is None and each.note]
    if bool(row.hidden) != bool(event.hidden) or not all(note in " ".join(event.hidden) for note in notes):
        yield f"run {row.run_id} says {event.hidden} of what was ignored or put off: {row.hidden}"


def _is_written(row: RecordRow) -> bool:
    is_decided = row.decision.name in ("CREATE", "UPDATE", "TERMINATE", "NO_CHANGE", "HELD")
    return is_decided and row.action.name in ("CREATED", "UPDATED", "TERMINATED", "SKIPPED")


def _follows(number: int, sentence: str, row: RecordRow) -> bool:
    title = CATALOGUE[row.reason].title if row.reason in CATALOGUE else row.reason or "no reason was noted"
    is_refused = row.decision in (Decision.FILTERED, Decision.ERROR)
    stops = {
        0: rf"\S+ could not be read for them: {re.escape(title)}\.",
        1: rf"They were not in scope: {re.escape(title)}\.",
        2: rf"Who they are in \S+ was not certain: {re.escape(title)}\.",
        3: rf"They could not be sent: {re.escape(title)}\.",
    }
    if number in stops and re.fullmatch(stops[number], sentence):
        return is_refused or (number == 2 and row.decision.name in UNSURE)
    return PASSED[number](sentence, row, title)


def _follows_match(sentence: str, row: RecordRow, _title: str) -> bool:
    if re.fullmatch(r"Nobody in \S+ was found to be them\.", sentence):
        return row.decision is Decision.CREATE
    found = FOUND.fullmatch(sentence)
    if found is None or found[1] != row.target_id:
        return False
    return _bits(found[2]) == (row.matched_by or 0) & ~MatchedBy.CREATED


def _bits(words: str | None) -> int:
    return sum(WORDS[word] for word in re.split(", | and ", words)) if words else 0


def _follows_comparison(sentence: str, row: RecordRow, _title: str) -> bool:
    if sentence == "Nothing differed.":
        return row.decision is Decision.NO_CHANGE
    if sentence == "There was nobody to compare them with.":
        return row.decision is Decision.CREATE
    differ = DIFFER.fullmatch(sentence)
    if differ is None or int(differ[1]) != len(row.fields):
        return False
    listed = ", ".join(row.fields)
    return listed == differ[2] or listed.startswith(re.sub(r", \d+ more$", ", ", differ[2]))


def _follows_writing(sentence: str, row: RecordRow, title: str) -> bool:
    said = {
        Action.CREATED: r"They were created in \S+\.",
        Action.UPDATED: r"They were updated in \S+\.",
        Action.TERMINATED: r"Their end was written to \S+\.",
        Action.SKIPPED: r"Nothing had to be written\.",
        Action.PENDING: r"It has not been written yet\.",
        Action.FAILED: rf"\S+ did not take it: {re.escape(title)}\.",
        Action.NOT_WRITTEN: rf"Nothing was written: {re.escape(title)}\.",
    }
    return re.fullmatch(said[row.action], sentence) is not None


Check = Callable[[str, RecordRow, str], bool]
PASSED: Mapping[int, Check] = {
    0: lambda sentence, _row, _title: re.fullmatch(r"They were read from \S+\.", sentence) is not None,
    1: lambda sentence, _row, _title: sentence == "They were in scope.",
    2: _follows_match,
    3: _follows_comparison,
    4: _follows_writing,
}


def _check_link(rows: PersonRows, sentences: Sequence[str]) -> Iterator[str]:
    if rows.link is None:
        if len(sentences) != 1 or not NO_LINK.fullmatch(sentences[0]):
            yield f"not linked, and says {sentences}"
        return
    how = LINK.fullmatch(sentences[0]) if sentences else None
    if how is None or how[1] != rows.link.target_id:
        yield f"linked with {rows.link.target_id}, and says {sentences}"
        return
    stored = rows.link.matched_by or 0
    is_created = how[2] == "created by iHUB"
    if is_created != bool(stored & MatchedBy.CREATED) or (not is_created and _bits(how[3]) != stored):
        yield f"matched by {stored}, and says {sentences[0]}"
    for sentence in sentences[1:]:
        if not _made_the_link(sentence, rows):
            yield f"did not make the link: {sentence}"


def _made_the_link(sentence: str, rows: PersonRows) -> bool:
    link = rows.link
    assert link is not None
    if made := MADE.fullmatch(sentence):
        if made[2]:
            return link.run_id == int(made[1])
        (row,) = [row for row in rows.records if row.run_id == int(made[1])]
        is_made = row.action is Action.CREATED or bool(row.matched_by)
        return is_made and row.target_id == link.target_id and not _is_apart_after(row, rows)
    decided = DECIDED.fullmatch(sentence)
    makers = [row for row in rows.decisions if row.action in ("link.make", "link.undo")]
    return decided is not None and any(
        row.who == decided[1] and row.target_id in (link.target_id, None) and not _is_apart_after(row, rows)
        for row in makers
    )


def _is_apart_after(maker: RecordRow | DecisionRow, rows: PersonRows) -> bool:
    """Say whether anything after what made a link, apart from undoing, shows that there was another or none."""
    target_id = rows.link.target_id if rows.link is not None else None
    later = [row for row in rows.decisions if row.at > maker.at]
    last = next((row for row in reversed(later) if _concerns(row, target_id)), None)
    written = (Action.CREATED, Action.UPDATED, Action.TERMINATED)
    others = [
        row
        for row in rows.records
        if row.at > maker.at and row.action in written and row.target_id != target_id
    ]
    return bool(others) or (last is not None and last.action != "link.undo")


def _concerns(row: DecisionRow, target_id: str | None) -> bool:
    if row.action == "link.make":
        return row.target_id != target_id
    return row.target_id in (target_id, None)


def _check_decisions(rows: PersonRows, sentences: Sequence[str]) -> Iterator[str]:
    left = list(sentences)
    for row in rows.decisions:
        matching = [sentence for sentence in left if _tells(PERSON[row.action], sentence, row)]
        if not matching:
            yield f"left out: {row}"
            continue
        left.remove(matching[0])
    for hold in rows.holds:
        wanted = [(" put them on hold", hold.put_by)]
        wanted += [(" released them from hold", hold.released_by)] if hold.released_at else []
        for words, who in wanted:
            matching = [sentence for sentence in left if sentence.startswith(f"{who}{words}")]
            if not matching:
                yield f"left out: {hold}"
                continue
            left.remove(matching[0])
    yield from (f"said without a row: {sentence}" for sentence in left)


def _tells(pattern: re.Pattern[str], sentence: str, row: DecisionRow) -> bool:
    found = pattern.fullmatch(sentence)
    if found is None or found["who"] != row.who:
        return False
    return "target" not in found.groupdict() or found["target"] == (row.target_id or "–")
