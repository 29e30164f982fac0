"""Signatures in print: who signed what with which meaning, and those that stopped counting, with why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.cards import heading
from approvals.document_sections.papers import Body, Papers
from approvals.models.releases import Purpose
from approvals.policy import Rules, required_stages, rules_from
from approvals.presentation.labels import method_words

REFUSING: Final = ("decline", "reject")
ACTION_WORDS: Final = {
    "attest": "signed",
    "sign": "signed",
    "release": "released",
    "decline": "declined",
    "reject": "rejected",
}


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One signature."""

    stage: str
    name: str
    role: str
    action: str
    meaning: str
    comment: str
    signed_at: str
    methods: str
    manifest: str
    statement: str
    effect: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the release manifest: as it was signed, and as it is now."""

    section: str
    slot: str
    key: str
    is_run: bool
    signed: str
    signed_digest: str
    now: str
    now_digest: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Signatures that one and the same change ended."""

    at: str
    why: str
    manifest: str
    changes: tuple[Change, ...]
    signatures: tuple[SignatureRow, ...]


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage of the policy: how many are needed, how many count now."""

    stage: str
    reason: str
    needed: int
    counting: int

    @property
    def is_met(self) -> bool:
        """Whether enough signatures count."""
        return self.counting >= self.needed


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A request for changes, a decline, a rejection or a withdrawal, in the person's words."""

    action: str
    stage: str
    name: str
    text: str
    items: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Responsible:
    """A signer who is responsible for a run of this release."""

    name: str
    stages: str
    runs: str


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision as it was submitted, and what became of its signatures."""

    number: int
    manifest: str
    submitted: str
    by: str
    counting: int
    stopped: int
    refused: int
    occasion: str
    cause: str


def revisions(papers: Papers) -> tuple[RevisionRow, ...]:
    """Every revision, oldest first; those before the last are superseded."""
    return tuple(_revision(papers, one) for one in papers.record["revisions"])


def _revision(papers: Papers, revision: Body) -> RevisionRow:
    mine = [one for one in papers.signatures if one["revision"] == revision["number"]]
    refused = [one for one in mine if one["action"] in REFUSING]
    given = [one for one in mine if one["action"] not in REFUSING]
    counting = sum(1 for one in given if one["effect"] == "counts")
    return RevisionRow(
        number=int(revision["number"]),
        manifest=words.short(revision["manifest"]),
        submitted=words.moment(revision["submitted_at"]),
        by=str(revision["submitted_by"]),
        counting=counting,
        stopped=len(given) - counting,
        refused=len(refused),
        occasion=_occasion(revision),
        cause=str(revision.get("cause") or ""),
    )


def _occasion(revision: Body) -> str:
    """`Emergency release, incident INC-7, at most 48 hours`; empty for the usual review."""
    purpose = Purpose(revision.get("purpose", Purpose.REVIEW))
    if purpose == Purpose.REVIEW:
        return ""
    incident = f", incident {revision['incident']}" if revision["incident"] else ""
    hours = f", at most {revision['hours']} hours" if revision["hours"] else ""
    return f"{purpose.label}{incident}{hours}"


def counting(papers: Papers) -> tuple[SignatureRow, ...]:
    """Signatures that count, in the order they were given."""
    return tuple(_row(papers, one) for one in _counting(papers))


def notes(papers: Papers) -> tuple[NoteRow, ...]:
    """What people asked for or said when the review went another way, oldest first."""
    return tuple(
        NoteRow(
            action=words.plain(str(note["action"])),
            stage=f"stage {note['stage']}" if note["stage"] else f"revision {note['revision']}",
            name=str(note["by"]),
            text=str(note["text"]),
            items=tuple(map(str, note["items"])),
            at=words.moment(note["at"]),
        )
        for note in papers.record["notes"]
    )


def refusals(papers: Papers) -> tuple[SignatureRow, ...]:
    """Signed declines and rejections."""
    return tuple(_row(papers, one) for one in papers.signatures if one["action"] in REFUSING)


def stopped(papers: Papers) -> tuple[Stopped, ...]:
    """Signatures that stopped counting, together where one change ended them, oldest first."""
    groups: dict[tuple[str, str, str], list[Body]] = {}
    for one in papers.signatures:
        if one["effect"] == "stopped":
            groups.setdefault(
                (str(one["stopped_at"]), str(one["stopped_why"]), str(one["manifest"])), []
            ).append(one)
    return tuple(_stopped(papers, key, found) for key, found in sorted(groups.items()))


def stages(papers: Papers) -> tuple[StageRow, ...]:
    """What the policy of the newest manifest asks for, beside what counts."""
    rules = _rules(papers)
    if rules is None:
        return ()
    manifest = papers.manifest
    optional = papers.scope.get("optional_stages") or []
    has_waiver = any(papers.entries("waivers"))
    needed = required_stages(
        rules, manifest["tier"], manifest["tier_answers"], optional, has_waiver=has_waiver
    )
    signed = [one["stage"] for one in _counting(papers)]
    return tuple(
        StageRow(_stage(papers, stage.rule.code), stage.reason, stage.needed, signed.count(stage.rule.code))
        for stage in needed
    )


def responsible(papers: Papers) -> tuple[Responsible, ...]:
    """Signers who own, sent or answer for a run: an auditor asks this first."""
    found = []
    for person, name in sorted(papers.printed_names.items(), key=lambda pair: pair[1]):
        runs = [str(run["human_id"]) for run in papers.record["runs"] if person in _persons(papers, run)]
        given = sorted({str(one["stage"]) for one in _counting(papers) if person in _signers(one)})
        if runs and given:
            found.append(Responsible(name, words.listed(given), words.some(runs)))
    return tuple(found)


def _signers(signature: Body) -> set[str]:
    """Who signed, and for whom."""
    absent = signature.get("for")
    return {str(signature["signer"]), *([str(absent["id"])] if absent else [])}


def _counting(papers: Papers) -> list[Body]:
    return [one for one in papers.signatures if one["effect"] == "counts" and one["action"] not in REFUSING]


def _persons(papers: Papers, run: Body) -> set[str]:
    body = papers.body(run["digest"], f"run {run['human_id']}")
    named = [body.get("owner"), body.get("uploaded_by"), *(body.get("responsible_persons") or [])]
    return {str(one["id"]) if isinstance(one, dict) else str(one) for one in named if one}


def _row(papers: Papers, one: Body) -> SignatureRow:
    return SignatureRow(
        stage=_stage(papers, str(one["stage"])),
        name=words.signer(one),
        role=words.role_word(str(one["role"])),
        action=ACTION_WORDS.get(str(one["action"]), str(one["action"])),
        meaning=str(one["meaning"]),
        comment=str(one.get("comment") or ""),
        signed_at=words.moment(one["signed_at"]),
        methods=method_words(one["methods"]),
        manifest=words.short(one["manifest"]),
        statement=words.short(one["statement"]),
        effect="stands" if one["effect"] == "counts" else "stopped counting",
    )


def _stage(papers: Papers, code: str) -> str:
    rules = _rules(papers)
    names = {rule.code: rule.name for rule in rules.stages} if rules else {}
    return f"{code} {names.get(code, '')}".strip()


def _rules(papers: Papers) -> Rules | None:
    policy = next(papers.entries("policy"), None)
    if policy is None:
        return None
    body = policy.body
    return rules_from(body["tiers"], body.get("stages"), body.get("procedures"))


def _stopped(papers: Papers, key: tuple[str, str, str], found: list[Body]) -> Stopped:
    at, why, manifest = key
    changes = tuple(_changes(papers, found[0].get("diff") or []))
    return Stopped(words.moment(at), why, manifest, changes, tuple(_row(papers, one) for one in found))


def _changes(papers: Papers, diff: Iterable[Body]) -> Iterator[Change]:
    runs = {str(run["id"]): str(run["human_id"]) for run in papers.record["runs"]}
    for one in diff:
        yield Change(
            section=words.plain(str(one["section"])),
            slot=words.plain(str(one["slot"])),
            key=runs.get(str(one.get("id")), str(one.get("id") or "")),
            is_run=str(one.get("id")) in runs,
            signed=_named(papers, one["signed"], absent="was not part of it"),
            signed_digest=words.short(one["signed"]),
            now=_named(papers, one["now"], absent="taken out"),
            now_digest=words.short(one["now"]),
        )


def _named(papers: Papers, digest: str | None, *, absent: str) -> str:
    """What a digest of a diff names, as far as the pack holds it."""
    if not digest:
        return absent
    body = papers.records.get(digest)
    if body is None:
        return "another content"
    revision = f"revision {body['revision']}" if "revision" in body else ""
    name = body.get("human_id") or heading(body, "model", "dataset", "benchmark", "name", "version")
    return ", ".join(filter(None, (str(name), revision)))
