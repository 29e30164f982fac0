"""Gates, stages and revisions of a release, read alone: nothing here changes a row."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import policy as signoff
from approvals.api.lookup import release_for
from approvals.api.signing_bodies import GateSerializer, RevisionSerializer, StageSerializer
from approvals.assessment import assess
from approvals.holding import current_revision
from approvals.models import Release, ReleaseRevision, Waiver
from approvals.models.signatures import StageState
from approvals.states import State
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.errors import NotFound


class GatesSerializer(serializers.Serializer[Any]):
    """All gates of a release as its evidence stands now, failing ones first."""

    release = serializers.CharField(help_text="Human id.")
    state = serializers.ChoiceField(choices=State.choices)
    revision = serializers.IntegerField()
    passes = serializers.BooleanField(help_text="Whether no gate fails.")
    gates = GateSerializer(many=True)


class StagesSerializer(serializers.Serializer[Any]):
    """Stages of the current revision; of a draft, those that submitting will make."""

    release = serializers.CharField(help_text="Human id.")
    state = serializers.ChoiceField(choices=State.choices)
    revision = serializers.IntegerField()
    is_frozen = serializers.BooleanField(help_text="Whether the revision was submitted.")
    stages = StageSerializer(many=True)


class Gates(APIView):
    """Gates of a release."""

    @extend_schema(
        operation_id="release_gates",
        summary="Ask each gate about the release as its evidence stands now",
        tags=["releases"],
        responses=GatesSerializer,
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PROJECT_READ)
        found = assess(release)
        facts = {"passes": not found.blocking, "gates": [gate.as_dict() for gate in found.gates]}
        return Response(GatesSerializer({**_about(release), **facts}).data)


class Stages(APIView):
    """Stages of a release."""

    @extend_schema(
        operation_id="release_stages",
        summary="List the stages of the current revision with their signatures",
        tags=["signing"],
        responses=StagesSerializer,
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PROJECT_READ)
        revision = current_revision(release)
        shown = _planned(release) if revision is None else _with_signatures(revision).stages.all()
        body = {**_about(release), "is_frozen": revision is not None, "stages": shown}
        return Response(StagesSerializer(body).data)


class RevisionOne(APIView):
    """One frozen state of a release."""

    @extend_schema(
        operation_id="release_revision",
        summary="Read a revision: manifest, gates when submitted, stages, signatures and their effect",
        tags=["releases"],
        responses=RevisionSerializer,
    )
    def get(self, request: Request, project: str, reference: str, number: int) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PROJECT_READ)
        revision = release.revisions.filter(number=number).first()
        if revision is None:
            raise NotFound(f"{release.human_id} has no revision {number}")
        return Response(RevisionSerializer(_with_signatures(revision)).data)


def _about(release: Release) -> dict[str, Any]:
    return {"release": release.human_id, "state": release.state, "revision": release.revision}


def _with_signatures(revision: ReleaseRevision) -> ReleaseRevision:
    return (
        ReleaseRevision.objects.select_related("submitted_by", "manifest")
        .prefetch_related(
            "stages__signatures__signer", "stages__signatures__end", "stages__signatures__stage"
        )
        .get(pk=revision.pk)
    )


def _planned(release: Release) -> list[dict[str, Any]]:
    required = signoff.required_stages(
        signoff.rules_of(release.policy),
        release.tier,
        release.tier_answers,
        release.optional_stages,
        has_waiver=Waiver.objects.standing().filter(release=release).exists(),
    )
    return [
        {
            "code": stage.rule.code,
            "name": stage.rule.name,
            "role": stage.rule.role,
            "order": stage.rule.order,
            "state": StageState.PENDING,
            "quorum": stage.needed,
            "eligible": stage.eligible,
            "reason": stage.reason,
            "meaning": release.policy.meanings[stage.rule.meaning]["text"],
            "opened_at": None,
            "due_at": None,
            "closed_at": None,
            "signatures": [],
        }
        for stage in required
    ]
