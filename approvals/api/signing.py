"""Signing: a person in a session reads a view, opens a dialog and decides; a token never gets here."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import credentials, decision_view, decisions, deputies, operations, signing
from approvals.api.lookup import person_in_session, release_for
from approvals.api.signing_bodies import (
    ChangesInput,
    DecidedSerializer,
    DeclineInput,
    DialogSerializer,
    NotedSerializer,
    RejectInput,
    ReleaseSignatureInput,
    SignInput,
    ViewInput,
    ViewSerializer,
)
from approvals.conditions import Terms
from approvals.decision_view import DecisionView
from approvals.demands import Credentials, demand
from approvals.errors import StageClosed
from approvals.models import Release, Signature, SigningChallenge
from approvals.policy import RELEASE_STAGE
from approvals.separation import Refusal
from approvals.signing import Intent
from approvals.states import Action
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.api.inputs import body_of, query_of

SESSION: Final[list[str]] = [{"session": []}]  # type: ignore[list-item]  # reason: OpenAPI's own form
NEEDS: Final = {
    Action.SIGN: Permission.RELEASE_SIGN,
    Action.DECLINE: Permission.RELEASE_SIGN,
    Action.REJECT: Permission.RELEASE_REJECT,
    Action.RELEASE: Permission.RELEASE_RELEASE,
}
NO_TOKEN: Final = Refusal("session_required", "A person signs in a session, never a token.")


class StageView(APIView):
    """What the caller would sign at a stage."""

    @extend_schema(
        operation_id="stage_view",
        summary="Read what you would sign at a stage, and whether you may",
        tags=["signing"],
        parameters=[ViewInput],
        responses=ViewSerializer,
    )
    def get(self, request: Request, project: str, reference: str, stage: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.PROJECT_READ)
        sent = query_of(ViewInput, request)
        action, delegation = _action(stage, sent), _delegation(sent)
        view = decision_view.show(release, stage, action=action, principal=principal, delegation=delegation)
        refusal = NO_TOKEN if principal.token is not None else view.refusal
        return Response(ViewSerializer(_shown(view, action, refusal)).data)

    @extend_schema(
        operation_id="stage_dialog",
        summary="Open a sign dialog: the view with a single-use challenge for two minutes",
        tags=["signing"],
        auth=SESSION,
        request=ViewInput,
        responses=DialogSerializer,
    )
    def post(self, request: Request, project: str, reference: str, stage: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.PROJECT_READ)
        sent = body_of(ViewInput, request)
        action, delegation = _action(stage, sent), _delegation(sent)
        deputies.require(principal, NEEDS[action], release, delegation)
        _refuse_elsewhere(release, stage, action)
        credentials.refuse_locked(principal)
        view = decision_view.show(release, stage, action=action, principal=principal, delegation=delegation)
        signing.refuse(view)
        challenge = credentials.issue_challenge(
            release, stage_code=stage, action=action, view_digest=view.digest, principal=principal
        )
        shown = {**_shown(view, action, None), "challenge": challenge}
        shown["credentials"] = asked(release, challenge, principal)
        return Response(DialogSerializer(shown).data)


class StageSignatures(APIView):
    """Signatures of a stage."""

    @extend_schema(
        operation_id="stage_sign",
        summary="Sign a stage with fresh credentials (T1, T2); the last quorum approves (T7)",
        tags=["signing"],
        auth=SESSION,
        request=SignInput,
        responses={201: DecidedSerializer},
    )
    def post(self, request: Request, project: str, reference: str, stage: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, NEEDS[Action.SIGN])
        _refuse_elsewhere(release, stage, Action.SIGN)
        body = body_of(SignInput, request, context={"project": release.project})
        return _decide(decisions.sign, release, _intent(stage, Action.SIGN, body), body, principal)


class StageDecline(APIView):
    """A signed no to a stage."""

    @extend_schema(
        operation_id="stage_decline",
        summary="Decline a stage with a reason: the review stops there",
        tags=["signing"],
        auth=SESSION,
        request=DeclineInput,
        responses={201: DecidedSerializer},
    )
    def post(self, request: Request, project: str, reference: str, stage: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, NEEDS[Action.DECLINE])
        body = body_of(DeclineInput, request)
        return _decide(decisions.decline, release, _intent(stage, Action.DECLINE, body), body, principal)


class Rejection(APIView):
    """A signed end of a release."""

    @extend_schema(
        operation_id="release_reject",
        summary="Reject a release for good, with a reason (T5)",
        tags=["signing"],
        auth=SESSION,
        request=RejectInput,
        responses={201: DecidedSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = _release_to(Action.REJECT, principal, project, reference, request)
        body = body_of(RejectInput, request)
        intent = _intent(body["stage"], Action.REJECT, body)
        return _decide(decisions.reject, release, intent, body, principal)


class ReleaseNow(APIView):
    """The release manager's signature."""

    @extend_schema(
        operation_id="release_release",
        summary="Sign stage 6: an approved release goes live and supersedes the one before it (T9)",
        tags=["signing"],
        auth=SESSION,
        request=ReleaseSignatureInput,
        responses={201: DecidedSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = _release_to(Action.RELEASE, principal, project, reference, request)
        body = body_of(ReleaseSignatureInput, request)
        intent = _intent(RELEASE_STAGE, Action.RELEASE, body)
        return _decide(operations.release_now, release, intent, body, principal)


class ChangeRequests(APIView):
    """What reviewers want changed."""

    @extend_schema(
        operation_id="release_request_changes",
        summary="Send a release back to its submitters, with what has to change (T3)",
        tags=["signing"],
        auth=SESSION,
        request=ChangesInput,
        responses={201: NotedSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.RELEASE_SIGN)
        body = body_of(ChangesInput, request)
        note = decisions.request_changes(
            release, reason=body["reason"], items=body.get("items", []), principal=principal
        )
        shown: dict[str, Any] = {"release": release.human_id, "state": _state(release)}
        shown |= {"reason": note.text, "items": note.items, "at": note.at}
        return Response(NotedSerializer(shown).data, status=HTTPStatus.CREATED)


def _release_to(
    action: Action, principal: Principal, project: str, reference: str, request: Request
) -> Release:
    """A release the caller may act on so, in a role of his own; a delegate is asked by the step."""
    delegated = isinstance(request.data, dict) and bool(request.data.get("delegation"))
    needed = Permission.RELEASE_SIGN if delegated else NEEDS[action]
    return release_for(principal, project, reference, needed)


def _delegation(given: dict[str, Any]) -> str:
    return str(given.get("delegation") or "")


def _action(stage: str, given: dict[str, Any]) -> Action:
    usual = Action.RELEASE if stage == RELEASE_STAGE else Action.SIGN
    return Action(given.get("action", usual))


def _refuse_elsewhere(release: Release, stage: str, action: Action) -> None:
    """Stage 6 is signed by releasing, and nothing else is."""
    if (stage == RELEASE_STAGE) == (action == Action.RELEASE):
        return
    here = f"/api/v1/projects/{release.project.key}/releases/{release.human_id}"
    if stage == RELEASE_STAGE:
        raise StageClosed(
            "Stage 6 is signed by releasing",
            reason_code="signed_by_release",
            next_step=f"Open the dialog with action release, then POST to {here}/release.",
        )
    raise StageClosed(
        "Releasing is signed at stage 6",
        reason_code="signed_by_release",
        next_step=f"Open the dialog of stage 6: POST {here}/stages/6/view.",
    )


def _intent(stage: str, action: Action, body: dict[str, Any]) -> Intent:
    return Intent(
        stage_code=stage,
        action=action,
        view_digest=body["view_digest"],
        challenge_id=str(body["challenge"]),
        comment=body.get("reason", body.get("comment", "")),
        delegation=_delegation(body),
        conditions=tuple(Terms(**one) for one in body.get("conditions", [])),
    )


def _decide(
    step: Callable[..., Signature],
    release: Release,
    intent: Intent,
    body: dict[str, Any],
    principal: Principal,
) -> Response:
    # Never with an idempotency key: its digest would be made of the password, and a challenge is single-use.
    signature = step(release, intent, typed=typed_in(body), principal=principal)
    shown = {"signature": signature, "release": release.human_id, "state": _state(release)}
    shown["stage_state"] = signature.stage.state
    return Response(DecidedSerializer(shown).data, status=HTTPStatus.CREATED)


def typed_in(body: dict[str, Any]) -> Credentials:
    """The components that a sign request holds."""
    names = ("account", "password", "code", "passkey")
    return Credentials(**{name: body[name] for name in names if name in body})


def asked(release: Release, challenge: SigningChallenge, principal: Principal) -> dict[str, Any]:
    """What has to be sent, and what a passkey of the caller would be asked."""
    found = demand(release, principal)
    asks_passkey = found.second_factor and found.factors.passkeys > 0
    return {
        "components": found.components,
        "series": found.series.first_id if found.series else None,
        "passkey": credentials.passkey_options(challenge, principal.user) if asks_passkey else None,
    }


def _shown(view: DecisionView, action: Action, refusal: Refusal | None) -> dict[str, Any]:
    return {
        "view": view.body,
        "digest": view.digest,
        "action": action.value,
        "may_sign": refusal is None,
        "refusal": refusal,
        "changed": view.changed,
        "delegations": _delegations(view),
    }


def _delegations(view: DecisionView) -> list[dict[str, Any]]:
    """For whom the caller may stand in at this stage, as far as delegations say."""
    rule = decision_view.rule_of(view.found.facts.release, view.stage.code)
    return [
        {
            "id": one.delegation.pk,
            "delegator": one.delegator.user.username,
            "delegator_name": one.delegator.user.printed_name,
            "ends_at": one.delegation.ends_at,
        }
        for one in view.person.deputyships_at(rule)
    ]


def _state(release: Release) -> str:
    return Release.objects.values_list("state", flat=True).get(pk=release.pk)
