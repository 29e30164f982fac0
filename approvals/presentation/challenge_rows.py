"""The challenge log as rows: who asked what, what was said since, what is offered; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from approvals.models import Challenge, ChallengeReply
from approvals.models.challenges import Closing, ReplyKind
from approvals.querysets import OPEN_STATES
from registry.access.roles import Permission, Role
from registry.models import User

CLOSED: Final[dict[str, str]] = {Closing.SATISFIED: "pass", Closing.WITHDRAWN: "wait"}
"""Outcome → kind of the state component."""


@dataclass(frozen=True, slots=True)
class SaidRow:
    """One turn of a thread."""

    who: str
    act: str
    text: str
    at: datetime
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """One question with its thread, as one person reads it."""

    number: int
    kind: str
    word: str
    stage: str
    role: str
    about: str
    wants_evidence: bool
    said: tuple[SaidRow, ...]
    may_answer: bool
    may_judge: bool
    """Whether asking further and closing are offered; the steps ask the rules of separation."""
    is_answered: bool


def rows(
    found: Iterable[Challenge], *, reader: User, roles: Collection[str], permissions: Collection[Permission]
) -> tuple[ChallengeRow, ...]:
    """Each question for somebody with these roles on the project."""
    return tuple(_row(one, reader, roles, permissions) for one in found)


def _row(
    one: Challenge, reader: User, roles: Collection[str], permissions: Collection[Permission]
) -> ChallengeRow:
    replies = list(one.replies.all())
    is_answered = bool(replies) and replies[-1].kind == ReplyKind.ANSWER
    kind, word = _state(one, is_answered=is_answered)
    is_open = one.closed is None and one.release.state in OPEN_STATES
    is_asker = reader.pk in one.askers
    writes = Permission.RELEASE_WRITE in permissions or one.release.owner_id == reader.pk
    answered = any(reply.by_id == reader.pk and reply.kind == ReplyKind.ANSWER for reply in replies)
    judges = Permission.RELEASE_SIGN in permissions and (is_asker or one.role in roles)
    return ChallengeRow(
        number=one.number,
        kind=kind,
        word=word,
        stage=one.stage,
        role=str(Role(one.role).label),
        about=one.gate or one.record_name,
        wants_evidence=one.wants_evidence,
        said=(SaidRow(one.names, "asked", one.text, one.asked_at), *map(_said, replies), *_end(one)),
        may_answer=is_open and writes and not is_asker,
        may_judge=is_open and judges and not answered,
        is_answered=is_answered,
    )


def _state(one: Challenge, *, is_answered: bool) -> tuple[str, str]:
    if one.closed is not None:
        return CLOSED[one.closed.outcome], str(Closing(one.closed.outcome).label)
    return "open", "Open, answered" if is_answered else "Open, waits for an answer"


def _said(reply: ChallengeReply) -> SaidRow:
    act = "answered" if reply.kind == ReplyKind.ANSWER else "asked further"
    return SaidRow(reply.printed_name, act, reply.text, reply.at, reply.record_name)


def _end(one: Challenge) -> tuple[SaidRow, ...]:
    end = one.closed
    if end is None:
        return ()
    how = "closed it as satisfied" if end.outcome == Closing.SATISFIED else "withdrew it"
    return (SaidRow(end.printed_name, how, end.reason, end.at),)
