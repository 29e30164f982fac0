"""One signature: challenge spent → may → view recomputed and equal → statement → row → ledger.

Every signed act of a release goes through here, each in the caller's transaction under the release's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError

from approvals import conditions, credentials, decision_view, deputies, manifest, series
from approvals.credentials import Proof
from approvals.decision_view import DecisionView
from approvals.errors import SigningRefused, StageClosed, ViewChanged
from approvals.events import ApprovalEvent
from approvals.holding import tell
from approvals.models import Condition, Release, Signature, Stage
from approvals.separation import Refusal
from approvals.states import Action
from evidence import clock, records, statements
from evidence.attesting import attest
from evidence.canonical import utc_text
from evidence.models import Statement
from evidence.names import predicate_type
from registry.access.principals import Principal
from registry.errors import FieldsInvalid

SHORTEST_REASON: Final = 20
ORDER_OF_THINGS: Final = frozenset({"stage_not_open", "signed_already", "approval_expired", "challenge_open"})
"""Refusals that say something of the stage, not of the person."""


@dataclass(frozen=True)
class Intent:
    """What a person wants to sign: stage, action, the view on the screen and the dialog's challenge."""

    stage_code: str
    action: Action
    view_digest: str
    challenge_id: str
    comment: str = ""
    delegation: str = ""
    """Id of the delegation under which it is signed; empty where the person signs as himself."""
    conditions: tuple[conditions.Terms, ...] = ()
    """What the signer asks of others by a date."""


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
    if intent.delegation:
        deputies.hold(intent.delegation)
    view = decision_view.show(
        release,
        intent.stage_code,
        action=intent.action,
        principal=principal,
        delegation=intent.delegation,
    )
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
        raise StageClosed(
            refusal.sentence,
            reason_code=refusal.code,
            state=view.stage.state,
            next_step=refusal.next_step or None,
        )
    refuse_person(refusal)


def refuse_person(refusal: Refusal | None) -> None:
    """403 with what stands against a person, and what settles it."""
    if refusal is None:
        return
    raise SigningRefused(
        refusal.sentence,
        reason_code=refusal.code,
        next_step=refusal.next_step or None,
        **({"page": refusal.page} if refusal.page else {}),
    )


def write(
    release: Release, view: DecisionView, intent: Intent, *, proof: Proof, principal: Principal
) -> Signature:
    """Statement, envelope, row and entry of one signature; the caller holds the lock."""
    moment = clock.now()
    asked = conditions.drawn_up(intent.conditions, view.stage, moment)
    said = _predicate(view, intent, proof, asked, signed_at=utc_text(moment), principal=principal)
    subject = [(release.human_id, view.found.manifest.digest)]
    statement = statements.statement(subject, predicate_type("approval"), said)
    stored = attest(statement, view.found.manifest.digest)
    signature = _row(view, intent, proof, stored, moment, principal)
    series.carry_on(signature, begun=proof.begun, with_factor=proof.with_factor, principal=principal)
    _tell(signature, view, principal)
    conditions.store(signature, asked, actor=principal.actor)
    return signature


def _row(
    view: DecisionView,
    intent: Intent,
    proof: Proof,
    stored: Statement,
    moment: datetime,
    principal: Principal,
) -> Signature:
    """The row of a signature; the database holds that a person signs a stage once."""
    try:
        return Signature.objects.create(
            release=view.found.facts.release,
            stage=view.stage,
            signer=principal.user,
            printed_name=principal.user.printed_name,
            **_on_behalf(view),
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


def _tell(signature: Signature, view: DecisionView, principal: Principal) -> None:
    is_no = signature.action == Action.DECLINE
    tell(
        ApprovalEvent.STAGE_DECLINED if is_no else ApprovalEvent.STAGE_SIGNED,
        signature.release,
        principal.actor,
        reason=signature.comment,
        new={
            "stage": view.stage.code,
            "revision": view.revision.number,
            "action": str(signature.action),
            **_told_of(view),
        },
        record=signature.manifest_digest,
        statement=signature.statement_id,
    )


def _on_behalf(view: DecisionView) -> dict[str, Any]:
    """Columns of a signature that is given for somebody."""
    if view.stand_in is None:
        return {}
    delegation = view.stand_in.delegation
    return {
        "delegation": delegation,
        "on_behalf_of": delegation.delegator,
        "on_behalf_name": delegation.delegator.printed_name,
    }


def _told_of(view: DecisionView) -> dict[str, str]:
    """What the entry says of the delegation, where there is one."""
    if view.stand_in is None:
        return {}
    delegation = view.stand_in.delegation
    return {"for": delegation.delegator.username, "delegation": str(delegation.pk)}


def _predicate(
    view: DecisionView,
    intent: Intent,
    proof: Proof,
    asked: Sequence[Condition],
    *,
    signed_at: str,
    principal: Principal,
) -> dict[str, Any]:
    stage: Stage = view.stage
    return {
        "signer": {"id": str(principal.user.pk), "printed_name": principal.user.printed_name},
        "for": view.stand_in.named if view.stand_in else None,
        "role": stage.role,
        "stage": stage.code,
        "action": str(intent.action),
        "meaning": {"id": stage.meaning_id, "version": stage.meaning_version, "text": stage.meaning},
        "comment": intent.comment,
        **({"conditions": [conditions.as_stated(one) for one in asked]} if asked else {}),
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
