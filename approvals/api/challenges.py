"""The challenge log of a release: every reader lists it; people in sessions ask, answer and close."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import challenge_closing, challenge_replies, challenges
from approvals.api.lookup import person_in_session, release_for
from approvals.api.signing import SESSION
from approvals.challenges import Question
from approvals.models import Challenge, ChallengeClosing, ChallengeReply
from approvals.models.challenges import LONGEST_TEXT, Closing, ReplyKind
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission, Role
from registry.api.inputs import StrictInput, body_of


class QuestionInput(StrictInput):
    """What a reviewer asks."""

    text = serializers.CharField(max_length=LONGEST_TEXT)
    gate = serializers.CharField(max_length=40, required=False, help_text="Code of the gate it is about.")
    record = serializers.CharField(
        max_length=300, required=False, help_text="Id, digest or name of the run or record it is about."
    )
    wants_evidence = serializers.BooleanField(required=False, help_text="Whether evidence is asked for.")
    stage = serializers.CharField(
        max_length=4, required=False, help_text="In whose role; default: the first that the caller may sign."
    )


class AnswerInput(StrictInput):
    """What the side of the release answers."""

    text = serializers.CharField(max_length=LONGEST_TEXT)
    evidence = serializers.CharField(
        max_length=300, required=False, help_text="Id, digest or name of a linked run or a record."
    )


class FurtherInput(StrictInput):
    """What is asked further."""

    text = serializers.CharField(max_length=LONGEST_TEXT)


class ChallengeClosingInput(StrictInput):
    """How the question ends."""

    outcome = serializers.ChoiceField(choices=Closing.choices)
    reason = serializers.CharField(
        max_length=LONGEST_TEXT,
        required=False,
        allow_blank=True,
        help_text="Of a withdrawal 20 characters or more.",
    )


class ReplySerializer(serializers.ModelSerializer[ChallengeReply]):
    """An answer, or a further question."""

    kind = serializers.ChoiceField(choices=ReplyKind.choices)
    by = serializers.CharField(source="by.username", help_text="Account name.")
    evidence = serializers.CharField(
        source="record_id", allow_null=True, help_text="Digest of the record that an answer names."
    )
    evidence_name = serializers.CharField(source="record_name")

    class Meta:
        model = ChallengeReply
        fields = ["number", "kind", "text", "evidence", "evidence_name", "by", "printed_name", "at"]


class ChallengeClosingSerializer(serializers.ModelSerializer[ChallengeClosing]):
    """How a question ended."""

    outcome = serializers.ChoiceField(choices=Closing.choices)
    by = serializers.CharField(source="by.username", help_text="Account name.")

    class Meta:
        model = ChallengeClosing
        fields = ["outcome", "reason", "by", "printed_name", "at"]


class QuestionSerializer(serializers.ModelSerializer[Challenge]):
    """A question with its thread."""

    state = serializers.SerializerMethodField()
    role = serializers.ChoiceField(choices=Role.choices)
    record = serializers.CharField(
        source="record_id", allow_null=True, help_text="Digest of the record it is about."
    )
    asked_by = serializers.CharField(source="asked_by.username", help_text="Account name.")
    names = serializers.CharField(help_text="Printed name, and for whom, where a delegate asked.")
    replies = ReplySerializer(many=True)
    closing = ChallengeClosingSerializer(source="closed", allow_null=True)

    class Meta:
        model = Challenge
        fields = [
            "id",
            "number",
            "state",
            "revision",
            "stage",
            "role",
            "text",
            "gate",
            "record",
            "record_name",
            "wants_evidence",
            "asked_by",
            "names",
            "asked_at",
            "replies",
            "closing",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=["open", *Closing.values]))
    def get_state(self, challenge: Challenge) -> str:
        """`open`, or how it was closed."""
        return str(challenge.closed.outcome) if challenge.closed else "open"


class Challenges(APIView):
    """Questions about one release."""

    @extend_schema(
        operation_id="challenge_list",
        summary="List the questions of reviewers about a release, each with its thread",
        tags=["challenges"],
        responses=QuestionSerializer(many=True),
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PROJECT_READ)
        rows = Challenge.objects.with_story().filter(release=release)
        return Response(QuestionSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="challenge_ask",
        summary="Ask a question about a release; stages of your role wait until it is closed",
        tags=["challenges"],
        auth=SESSION,
        request=QuestionInput,
        responses={201: QuestionSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.RELEASE_SIGN)
        made = challenges.ask(release, Question(**body_of(QuestionInput, request)), principal=principal)
        return _answer(made, status=HTTPStatus.CREATED)


class Answers(APIView):
    """Answers to one question."""

    @extend_schema(
        operation_id="challenge_answer",
        summary="Answer a question as the owner of the release, or as somebody who may write it",
        tags=["challenges"],
        auth=SESSION,
        request=AnswerInput,
        responses={201: QuestionSerializer},
    )
    def post(self, request: Request, project: str, reference: str, number: int) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.PROJECT_READ)
        challenge_replies.require_side(release, principal)
        challenge = challenges.numbered(release, number)
        given = body_of(AnswerInput, request)
        challenge_replies.answer(challenge, principal=principal, **given)
        return _answer(challenge, status=HTTPStatus.CREATED)


class FurtherQuestions(APIView):
    """Further rounds of one question."""

    @extend_schema(
        operation_id="challenge_ask_further",
        summary="Ask further in the thread of a question",
        tags=["challenges"],
        auth=SESSION,
        request=FurtherInput,
        responses={201: QuestionSerializer},
    )
    def post(self, request: Request, project: str, reference: str, number: int) -> Response:
        principal, challenge = _of_reviewer(request, project, reference, number)
        text: str = body_of(FurtherInput, request)["text"]
        challenge_replies.ask_further(challenge, text=text, principal=principal)
        return _answer(challenge, status=HTTPStatus.CREATED)


class ChallengeEnd(APIView):
    """The end of one question."""

    @extend_schema(
        operation_id="challenge_close",
        summary="Close a question as satisfied or withdrawn; with the last one, a waiting approval follows",
        tags=["challenges"],
        auth=SESSION,
        request=ChallengeClosingInput,
        responses=QuestionSerializer,
    )
    def post(self, request: Request, project: str, reference: str, number: int) -> Response:
        principal, challenge = _of_reviewer(request, project, reference, number)
        body: dict[str, Any] = body_of(ChallengeClosingInput, request)
        challenge_closing.close(
            challenge, Closing(body["outcome"]), reason=body.get("reason", ""), principal=principal
        )
        return _answer(challenge)


def _of_reviewer(request: Request, project: str, reference: str, number: int) -> tuple[Principal, Challenge]:
    principal = person_in_session(request)
    release = release_for(principal, project, reference, Permission.RELEASE_SIGN)
    return principal, challenges.numbered(release, number)


def _answer(challenge: Challenge, *, status: int = HTTPStatus.OK) -> Response:
    return Response(QuestionSerializer(challenges.reread(challenge)).data, status=status)
