"""Step 7: people sign, each decision one transaction under the release's row lock.

Challenge → may → view recomputed and equal → statement → row → ledger → state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction

from approvals import attestations, credentials, decision_view, manifest, stages, states
from approvals.credentials import Credentials, Proof
from approvals.decision_view import DecisionView
from approvals.errors import SessionRequired, SigningRefused, StageClosed, ViewChanged
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_dates
from approvals.models import Release, ReleaseRevision, ReviewNote, Signature, Stage
from approvals.models.signatures import StageState
from approvals.releases import lock, move, subject_of
from approvals.states import Action, State
from evidence import clock, ledger, records, statements
from evidence.attesting import attest
from evidence.canonical import utc_text
from evidence.names import predicate_type
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import FieldsInvalid

SHORTEST_REASON = 20
ORDER_OF_THINGS = frozenset({"stage_not_open", "signed_already", "approval_expired"})
"""Refusals that say something of the stage, not of the person."""


@dataclass(frozen=True)
class Intent:
    """What a person wants to sign: stage, action, the view on the screen and the dialog's challenge."""

    stage_code: str
    action: Action
    view_digest: str
    challenge_id: str
    comment: str = ""


def sign(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """T1 and T2: sign a stage; the last quorum approves (T7)."""
    require_session(principal)
    access.require(principal, Permission.RELEASE_SIGN, release.project)
    proof = credentials.check(typed, release=release, principal=principal)
    with transaction.atomic():
        release = lock(release)
        action = Action.ATTEST if release.state == State.SUBMITTED else Action.SIGN
        to = states.after(release.state, action)
        view = open_view(release, intent, principal=principal)
        signature = write(release, view, intent, proof=proof, principal=principal)
        if to != release.state:
            move(release, to)
        advance(release, view, principal=principal)
    return signature


def decline(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """A signed no to one stage: the review stops there until the evidence changes or it is rejected."""
    require_session(principal)
    access.require(principal, Permission.RELEASE_SIGN, release.project)
    require_reason(intent.comment)
    proof = credentials.check(typed, release=release, principal=principal)
    with transaction.atomic():
        release = lock(release)
        states.after(release.state, Action.DECLINE)
        view = open_view(release, intent, principal=principal)
        signature = write(release, view, intent, proof=proof, principal=principal)
        view.stage.state = StageState.DECLINED
        view.stage.closed_at = clock.now()
        view.stage.save(update_fields=["state", "closed_at"])
        _note(release, Action.DECLINE, intent.comment, principal=principal, stage=view.stage.code)
    return signature


def reject(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """T5: a signed end of this release; a new one may cite it."""
    require_session(principal)
    access.require(principal, Permission.RELEASE_REJECT, release.project)
    require_reason(intent.comment)
    proof = credentials.check(typed, release=release, principal=principal)
    with transaction.atomic():
        release = lock(release)
        to = states.after(release.state, Action.REJECT)
        view = open_view(release, intent, principal=principal)
        signature = write(release, view, intent, proof=proof, principal=principal)
        _note(release, Action.REJECT, intent.comment, principal=principal, stage=view.stage.code)
        move(release, to)
        _tell(ApprovalEvent.RELEASE_REJECTED, release, principal, reason=intent.comment)
    return signature


@transaction.atomic
def request_changes(
    release: Release, *, reason: str, items: Sequence[str], principal: Principal
) -> ReviewNote:
    """T3: a reviewer sends the release back; signatures given stay with their revision."""
    require_session(principal)
    access.require(principal, Permission.RELEASE_SIGN, release.project)
    refuse_superuser(principal)
    require_reason(reason)
    release = lock(release)
    to = states.after(release.state, Action.REQUEST_CHANGES)
    note = _note(release, Action.REQUEST_CHANGES, reason, principal=principal, items=items)
    move(release, to)
    _tell(ApprovalEvent.CHANGES_REQUESTED, release, principal, reason=reason, new={"items": list(items)})
    return note


@transaction.atomic
def withdraw(release: Release, *, reason: str, principal: Principal) -> Release:
    """T6: the submitter or the owner takes the release back."""
    access.require(principal, Permission.RELEASE_WITHDRAW, release.project)
    require_reason(reason)
    release = lock(release)
    to = states.after(release.state, Action.WITHDRAW)
    _note(release, Action.WITHDRAW, reason, principal=principal)
    move(release, to)
    _tell(ApprovalEvent.RELEASE_WITHDRAWN, release, principal, reason=reason)
    return release


def require_session(principal: Principal) -> None:
    """Signing endpoints accept a person's session only, whatever a token's scopes say."""
    if principal.token is not None:
        raise SessionRequired(
            "Signing needs a person in a session", next_step="Sign in with your own account."
        )


def refuse_superuser(principal: Principal) -> None:
    """Whoever administers the whole installation decides nothing in a review; signing asks `separation`."""
    if access.has_superuser_flag(principal.user):
        raise SigningRefused(
            "This account administers the whole installation, so it takes no part in a review",
            next_step="Sign in with an account without that power.",
            reason_code="conflict_superuser",
        )


def require_reason(text: str) -> None:
    """A reason of twenty characters or more."""
    if len(text.strip()) < SHORTEST_REASON:
        detail = f"Give a reason of {SHORTEST_REASON} characters or more."
        raise FieldsInvalid(
            "The reason is too short", [{"pointer": "/reason", "detail": detail, "code": "too_short"}]
        )


def open_view(release: Release, intent: Intent, *, principal: Principal) -> DecisionView:
    """Under the lock: challenge spent, person may, view equal to the one shown, stage open."""
    challenge = credentials.spend(
        intent.challenge_id,
        release=release,
        stage_code=intent.stage_code,
        action=intent.action,
        view_digest=intent.view_digest,
        principal=principal,
    )
    view = decision_view.show(release, intent.stage_code, action=intent.action, principal=principal)
    if view.refusal is not None and view.refusal.code not in ORDER_OF_THINGS:
        refuse(view)
    if view.digest != intent.view_digest:
        raise ViewChanged(
            "Nothing was signed",
            next_step="Read what changed, then sign the new view.",
            diff=_changed_since(release, challenge.issued_at, view),
            view=view.digest,
        )
    refuse(view)
    return view


def _changed_since(release: Release, shown_at: datetime, view: DecisionView) -> list[dict[str, Any]]:
    """What differs from the revision that was current when the view was shown."""
    shown = release.revisions.filter(submitted_at__lte=shown_at).order_by("-number").first()
    if shown is None or shown.pk == view.revision.pk:
        return view.changed
    return manifest.diff(records.load(shown.manifest_id), view.found.manifest.body)


def refuse(view: DecisionView) -> None:
    """The refusal of a view as an error: 409 for the order of things, 403 for the person."""
    refusal = view.refusal
    if refusal is None:
        return
    if refusal.code in ORDER_OF_THINGS:
        raise StageClosed(refusal.sentence, reason_code=refusal.code, state=view.stage.state)
    raise SigningRefused(refusal.sentence, reason_code=refusal.code)


def write(
    release: Release, view: DecisionView, intent: Intent, *, proof: Proof, principal: Principal
) -> Signature:
    """Statement, envelope, row and entry of one signature; the caller holds the lock."""
    moment = clock.now()
    statement = statements.statement(
        [(release.human_id, view.found.manifest.digest)],
        predicate_type("approval"),
        _predicate(view, intent, proof, signed_at=utc_text(moment), principal=principal),
    )
    stored = attest(statement, view.found.manifest.digest)
    try:
        signature = Signature.objects.create(
            release=release,
            stage=view.stage,
            signer=principal.user,
            printed_name=principal.user.printed_name,
            role=view.stage.role,
            action=intent.action,
            meaning=view.stage.meaning,
            comment=intent.comment,
            manifest_digest=view.found.manifest.digest,
            view_id=records.store(view.body),
            statement=stored,
            methods=[method["method"] for method in proof.methods],
            signed_at=moment,
        )
    except IntegrityError as error:
        raise StageClosed("You signed this stage already", reason_code="signed_already") from error
    event = ApprovalEvent.STAGE_DECLINED if intent.action == Action.DECLINE else ApprovalEvent.STAGE_SIGNED
    _tell(
        event,
        release,
        principal,
        reason=intent.comment,
        new={"stage": view.stage.code, "revision": view.revision.number, "action": str(intent.action)},
        record=view.found.manifest.digest,
        statement=stored.digest,
    )
    return signature


def advance(release: Release, view: DecisionView, *, principal: Principal) -> None:
    """Close the stage if its quorum is met, open the next group, approve after the last (T7)."""
    if not stages.close_if_met(view.stage):
        return
    stages.open_next(view.revision, actor=principal.actor)
    if stages.approval_complete(view.revision) and not view.found.blocking:
        approve(release, view.revision, principal=principal)


def approve(release: Release, revision: ReleaseRevision, *, principal: Principal) -> None:
    """T7: the quorum is complete and no gate fails; the release manager may act until `valid_until`."""
    rules = release.policy.tiers[release.tier]
    moment = clock.now()
    to = states.after(release.state, Action.APPROVE)
    release.approved_at = moment
    release.valid_until = moment + timedelta(days=rules["valid_days"])
    release.review_at = moment + relativedelta(months=rules["review_months"])
    move(release, to)
    decision = attestations.attest_decision(release, revision, Action.APPROVE)
    last = revision.stages.filter(code=stages.RELEASE_STAGE).first()
    if last is not None and last.state == StageState.PENDING:
        last.revision = revision
        stages.open_stage(last, actor=principal.actor)
    _tell(
        ApprovalEvent.RELEASE_APPROVED,
        release,
        principal,
        new={"revision": revision.number, "state": release.state, **of_dates(release)},
        record=revision.manifest_id,
        statement=decision.statement_id,
    )


def _predicate(
    view: DecisionView, intent: Intent, proof: Proof, *, signed_at: str, principal: Principal
) -> dict[str, Any]:
    stage: Stage = view.stage
    return {
        "signer": {"id": str(principal.user.pk), "printed_name": principal.user.printed_name},
        "for": None,
        "role": stage.role,
        "stage": stage.code,
        "action": str(intent.action),
        "meaning": {"id": stage.meaning_id, "version": stage.meaning_version, "text": stage.meaning},
        "comment": intent.comment,
        "view": view.digest,
        "covers": _covers(view),
        "authentication": proof.methods,
        "challenge": intent.challenge_id,
        "signed_at": signed_at,
    }


def _covers(view: DecisionView) -> dict[str, str]:
    rule = decision_view.rule_of(view.found.facts.release, view.stage.code)
    digests: dict[str, str] = view.found.manifest.body["section_digests"]
    return {name: digest for name, digest in digests.items() if name in rule.covers}


def _note(
    release: Release,
    action: Action,
    text: str,
    *,
    principal: Principal,
    stage: str = "",
    items: Sequence[str] = (),
) -> ReviewNote:
    return ReviewNote.objects.create(
        release=release,
        revision=release.revision,
        action=action,
        stage=stage,
        text=text,
        items=list(items),
        by=principal.user,
        at=clock.now(),
    )


def _tell(
    event: ApprovalEvent,
    release: Release,
    principal: Principal,
    *,
    reason: str = "",
    new: Mapping[str, Any] | None = None,
    record: str | None = None,
    statement: str | None = None,
) -> None:
    note = ledger.Note(reason=reason, new=new or {}, record=record, statement=statement)
    ledger.append(
        event,
        subject_of(release),
        actor=principal.actor,
        container=container_of(release.project_id),
        note=note,
    )
