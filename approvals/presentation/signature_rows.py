"""Signatures of a release as its pages show them; one that stopped counting keeps its place and its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from approvals.models import Signature, Stage
from approvals.models.signatures import StageState
from approvals.presentation.diffs import Names, rows
from approvals.presentation.labels import counted, method_words
from approvals.presentation.worst_facts import Stopped
from registry.access.roles import role_words
from registry.components import DiffRow
from registry.figures import stamp
from registry.presentation.revoked_keys import on_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    """One signature, or one stage that waits for it."""

    kind: str
    word: str
    stage: str
    name: str
    role: str
    meaning: str = ""
    comment: str = ""
    facts: tuple[str, ...] = ()
    signed_at: datetime | None = None
    methods: str = ""
    manifest_digest: str = ""
    statement_digest: str = ""
    stopped_at: datetime | None = None
    stopped_why: str = ""
    signed_as: str = ""
    revoked: str = ""
    diff: tuple[DiffRow, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Whether the meaning is struck out."""
        return self.stopped_at is not None


@dataclass(frozen=True, slots=True)
class StoppedGroup:
    """Signatures that one change stopped: the first with the diff, the others folded under it."""

    first: SignatureRow
    others: tuple[SignatureRow, ...]
    words: str


@dataclass(frozen=True, slots=True)
class SignatureBoard:
    """Open stages, standing signatures newest first, then what stopped counting."""

    waiting: tuple[SignatureRow, ...]
    standing: tuple[SignatureRow, ...]
    stopped: tuple[StoppedGroup, ...] = field(default=())
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.waiting or self.standing or self.stopped)


def board(
    signatures: Sequence[Signature],
    stages: Sequence[Stage],
    helpers: dict[str, tuple[str, ...]],
    names: Names,
) -> SignatureBoard:
    """`helpers`: stage code → printed names of those who may sign it."""
    standing = [one for one in signatures if one.counts]
    ended = [one for one in signatures if not one.counts]
    revoked = on_statements(one.statement_id for one in signatures)
    opened = [stage for stage in stages if stage.state == StageState.OPEN]
    return SignatureBoard(
        waiting=tuple(_waiting(stage, helpers.get(stage.code, ())) for stage in opened),
        standing=tuple(_standing(one, revoked) for one in sorted(standing, key=_signed_at, reverse=True)),
        stopped=tuple(_groups(ended, names, revoked)),
        words=_words(standing, ended, stages),
    )


def last_stopped(signatures: Iterable[Signature]) -> Stopped | None:
    """What stopped last, for the facts to read first."""
    ended = sorted((one for one in signatures if not one.counts), key=lambda one: one.end.ended_at)
    if not ended:
        return None
    last = ended[-1].end
    return Stopped(sum(one.end.ended_at == last.ended_at for one in ended), last.ended_at, last.reason)


def _waiting(stage: Stage, people: tuple[str, ...]) -> SignatureRow:
    facts = [f"Since {stamp(stage.opened_at)}"] if stage.opened_at else []
    facts += [f"Due {stamp(stage.due_at)}"] if stage.due_at else []
    return SignatureRow(
        kind="open",
        word="Open",
        stage=f"{stage.code} {stage.name}",
        name=", ".join(people) or "Nobody without a conflict",
        role=role_words(stage.role),
        facts=tuple(facts),
    )


def _standing(signature: Signature, revoked: Mapping[str, str]) -> SignatureRow:
    declined = signature.action in ("decline", "reject")
    return _row(
        signature,
        kind="fail" if declined else "pass",
        word={"decline": "Declined", "reject": "Rejected"}.get(signature.action, "Signed"),
        stage=f"{signature.stage.code} {signature.stage.name}",
        revoked=revoked.get(signature.statement_id, ""),
    )


def _groups(ended: Sequence[Signature], names: Names, revoked: Mapping[str, str]) -> Iterable[StoppedGroup]:
    by_change: dict[tuple[datetime, int], list[Signature]] = {}
    for one in sorted(ended, key=_signed_at, reverse=True):
        by_change.setdefault((one.end.ended_at, one.stage.revision.number), []).append(one)
    for key in sorted(by_change, reverse=True):
        group = by_change[key]
        others = tuple(_stopped(one, (), revoked) for one in group[1:])
        yield StoppedGroup(
            first=_stopped(group[0], rows(group[0].end.diff, names), revoked),
            others=others,
            words=f"{counted(len(others), 'more signature')} of revision {key[1]}, by the same change",
        )


def _stopped(signature: Signature, diff: tuple[DiffRow, ...], revoked: Mapping[str, str]) -> SignatureRow:
    number = signature.stage.revision.number
    return _row(
        signature,
        kind="voided",
        word="Stopped counting",
        stage=f"{signature.stage.code} {signature.stage.name}, revision {number}",
        stopped_at=signature.end.ended_at,
        stopped_why=signature.end.reason,
        signed_as=f"Signed, revision {number}",
        revoked=revoked.get(signature.statement_id, ""),
        diff=diff,
    )


def _row(
    signature: Signature,
    *,
    kind: str,
    word: str,
    stage: str,
    stopped_at: datetime | None = None,
    stopped_why: str = "",
    signed_as: str = "",
    revoked: str = "",
    diff: tuple[DiffRow, ...] = (),
) -> SignatureRow:
    return SignatureRow(
        kind=kind,
        word=word,
        stage=stage,
        name=signature.names,
        role=role_words(signature.role),
        meaning="" if kind == "fail" else signature.meaning,
        comment=signature.comment,
        signed_at=signature.signed_at,
        methods=method_words(signature.methods),
        manifest_digest=signature.manifest_digest,
        statement_digest=signature.statement_id,
        stopped_at=stopped_at,
        stopped_why=stopped_why,
        signed_as=signed_as,
        revoked=revoked,
        diff=diff,
    )


def _words(standing: Sequence[Signature], ended: Sequence[Signature], stages: Sequence[Stage]) -> str:
    needed = sum(stage.quorum for stage in stages)
    given = sum(one.action not in ("decline", "reject") for one in standing)
    if stages:
        now = f"Revision {stages[0].revision.number}: {given} of {needed} given"
    else:
        now = f"{given} {'counts' if given == 1 else 'count'}"
    return f"{now} · {len(ended)} stopped counting" if ended else now


def _signed_at(signature: Signature) -> datetime:
    return signature.signed_at
