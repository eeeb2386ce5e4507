"""Write an employee's story as text for somebody who helps: without tax, bank or birth data, and without any value.

What iHUB says itself holds none. What another system said, or a person has entered, could, so numbers, dates and
anything like a secret are masked in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.values.redaction import mask_private
from core.clock import now
from core.story.person import PersonView
from core.story.stages import Step
from core.story.story import Event, when

MOST_EVENTS = 30


def support_answer(person: PersonView) -> str:
    """Return the text."""
    return "\n".join(_lines(person))


def _lines(person: PersonView) -> Iterator[str]:
    yield f"iHUB, {when(now(), person.zone)}"
    yield f"Account: {person.account}. Connection: {person.connection} (#{person.connection_id})."
    yield _who(person)
    yield from person.story.link
    yield ""
    yield "What stops them:" if person.obstacles else "Nothing stops them."
    for obstacle in person.obstacles:
        about = f" {obstacle.about}" if obstacle.about else ""
        yield f"- {mask_private(obstacle.sentence)} Who must act: {obstacle.who}.{about}"
    yield ""
    yield from _preview(person)
    yield "What happened, the newest first:"
    for event in person.story.events[:MOST_EVENTS]:
        yield from _event(event)
    if len(person.story.events) > MOST_EVENTS:
        yield f"- {len(person.story.events) - MOST_EVENTS} earlier events are not in this text."


def _who(person: PersonView) -> str:
    number = person.facts.employee_number if person.facts is not None else None
    parts = [person.name, f"{person.systems.source} id {person.source_id}"]
    parts += [f"employee number {number}"] if number else []
    parts += [f"{person.systems.target} id {person.target_id}"] if person.target_id else []
    return f"Person: {', '.join(parts)}."


def _preview(person: PersonView) -> Iterator[str]:
    preview = person.preview
    if preview is None or preview.is_waiting:
        return
    yield f"What a run would do (preview #{preview.run_id}, {when(preview.at, person.zone)}):"
    yield from _steps(preview.steps)
    if not preview.steps and preview.message:
        yield f"  {mask_private(preview.message)}"
    yield ""


def _event(event: Event) -> Iterator[str]:
    yield f"- {event.headline}"
    yield from _steps(event.steps)
    yield from (f"  {part}" for part in event.parts)
    for text in filter(None, (event.message, *event.warnings, event.note, *event.hidden)):
        yield f"  {mask_private(text)}"


def _steps(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if step.sentence:
            yield f"  {step.stage}: {step.sentence}"
