"""The challenge log as the log tells of it: each question with its replies and its closing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_challenge, of_challenge_closing, of_reply
from approvals.models import Challenge
from evidence.histories import Told
from evidence.replaying import History

REPLIES: Final = frozenset({Event.CHALLENGE_ANSWERED, Event.CHALLENGE_ASKED_FURTHER})
OPEN: Final = {"outcome": None, "closed_at": None, "closed_by": None, "closed_name": None, "closing": None}


def histories() -> Iterator[History]:
    """Every question, with everything that was said."""
    yield History(
        word="challenge",
        rows=Challenge.objects.with_story(),
        begins=frozenset({Event.CHALLENGE_ASKED}),
        changes=REPLIES | {Event.CHALLENGE_CLOSED},
        state=_state,
        replay=_replay,
    )


def _state(challenge: Challenge) -> dict[str, Any]:
    replies = list(challenge.replies.all())
    closing = challenge.closed
    found = {**of_challenge(challenge), "text": challenge.text, "replies": len(replies)}
    for reply in replies:
        found |= _reply(of_reply(reply), reply.text)
    return found | ({**of_challenge_closing(closing), "closing": closing.reason} if closing else OPEN)


def _replay(told: Sequence[Told]) -> dict[str, Any]:
    found: dict[str, Any] = {**OPEN, "replies": sum(entry.kind in REPLIES for entry in told)}
    for entry in told:
        if entry.kind in REPLIES:
            found |= _reply(entry.new, entry.reason)
        else:
            name = "text" if entry.kind == Event.CHALLENGE_ASKED else "closing"
            found |= {**entry.new, **_words(name, entry.reason)}
    return found


def _reply(facts: Mapping[str, Any], text: str | None) -> dict[str, Any]:
    """One reply under its number; an erased payload names none."""
    if "number" not in facts:
        return {}
    name = f"reply {facts['number']}"
    return {name: dict(facts), **_words(f"text of {name}", text)}


def _words(name: str, text: str | None) -> dict[str, Any]:
    return {} if text is None else {name: text}
