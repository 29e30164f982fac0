"""Policy drafts as the log tells of them, and publications against what was signed and proposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_policy_draft, of_policy_publication
from approvals.models import PolicyDraft, PolicyPublication
from evidence import records, statements
from evidence.attested import attest_keys
from evidence.canonical import utc_text
from evidence.errors import BenchsealError
from evidence.faults import Fault
from evidence.histories import Told, stored_bytes
from evidence.progress import Progress, silent, watched
from evidence.replaying import BATCH, History, differences, latest

PUBLISHED: Final = ("policy_record", "proposer_account", "publisher_account", "signed_at")
UNPUBLISHED: Final = dict.fromkeys((*PUBLISHED, "statement", "comment"))


def histories() -> Iterator[History]:
    """Each draft with its reasons and what it became."""
    yield History(
        word="policy-draft",
        rows=PolicyDraft.objects.select_related(
            "base",
            "begun_by",
            "proposed_by",
            "closed_by",
            "publication__policy",
            "publication__proposer",
            "publication__publisher",
        ).prefetch_related("hands__person"),
        begins=frozenset({Event.POLICY_DRAFTED}),
        changes=frozenset(
            {
                Event.POLICY_DRAFT_CHANGED,
                Event.POLICY_PROPOSED,
                Event.POLICY_SENT_BACK,
                Event.POLICY_DISCARDED,
                Event.POLICY_PUBLISHED,
            }
        ),
        state=_state,
        replay=_replay,
    )


def _state(draft: PolicyDraft) -> dict[str, Any]:
    found = getattr(draft, "publication", None)
    published = (
        {**of_policy_publication(found), "statement": found.statement_id, "comment": found.comment}
        if found
        else UNPUBLISHED
    )
    return {
        **of_policy_draft(draft),
        "proposal": draft.proposal_id,
        "reason": draft.reason,
        "close_reason": draft.close_reason,
        **published,
    }


def _replay(told: Sequence[Told]) -> dict[str, Any]:
    found: dict[str, Any] = {**UNPUBLISHED, "reason": "", "close_reason": "", **latest(told)}
    for entry in told:
        said = entry.reason or ""
        match entry.kind:
            case Event.POLICY_PROPOSED:
                found["reason"] = said
            case Event.POLICY_SENT_BACK:
                found["reason"] = ""
            case Event.POLICY_DISCARDED:
                found["close_reason"] = said
            case Event.POLICY_PUBLISHED:
                found |= {"comment": said, "statement": entry.statement}
        found["proposal"] = entry.record
    return found


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Publications that differ from their signed statement, and versions from what was proposed."""
    keys = attest_keys()
    rows = PolicyPublication.objects.select_related(
        "policy__project", "policy__supersedes", "draft", "proposer", "statement"
    ).order_by("pk")
    for publication in watched(rows.iterator(BATCH), "publications of policies", rows.count(), progress):
        yield from _compare(publication, keys)


def _compare(publication: PolicyPublication, keys: Mapping[str, str]) -> Iterator[Fault]:
    where = f"publication of {publication.policy}"
    try:
        signed = statements.verify_envelope(stored_bytes(publication.statement.envelope), keys)
        proposed = records.load(str(publication.draft.proposal_id))
    except BenchsealError as error:
        yield Fault(where, f"its statement does not verify: {error.detail}")
        return
    yield from differences(where, _published(publication), _stated(signed))
    version = publication.policy
    rules = {"tiers": version.tiers, "stages": version.stages, "revision": version.revision}
    yield from differences(where, rules, {name: proposed[name] for name in rules})


def _published(publication: PolicyPublication) -> dict[str, Any]:
    version = publication.policy
    return {
        "project": version.project.key,
        "version": version.revision,
        "record": version.record_id,
        "replaces": version.supersedes.record_id if version.supersedes else None,
        "proposal": publication.draft.proposal_id,
        "proposer": str(publication.proposer_id),
        "signer": str(publication.publisher_id),
        "printed_name": publication.printed_name,
        "role": publication.role,
        "meaning": publication.meaning,
        "comment": publication.comment,
        "methods": publication.methods,
        "signed_at": utc_text(publication.signed_at),
    }


def _stated(statement: Mapping[str, Any]) -> dict[str, Any]:
    said = statement["predicate"]
    same = ("project", "version", "record", "replaces", "proposal", "role", "comment", "signed_at")
    return {
        "proposer": said["proposed_by"]["id"],
        "signer": said["signer"]["id"],
        "printed_name": said["signer"]["printed_name"],
        "meaning": said["meaning"]["text"],
        "methods": [method["method"] for method in said["authentication"]],
        **{name: said[name] for name in same},
    }
