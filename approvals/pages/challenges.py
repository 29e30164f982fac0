"""The challenge log on the pages of a release, and the forms that add to it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from approvals import (
    acting,
    candidates,
    challenge_closing,
    challenge_replies,
    challenge_rules,
    challenges,
)
from approvals.assessment import assess
from approvals.challenge_subjects import parts_of
from approvals.models import Challenge, Release, ReleaseRevision
from approvals.models.challenges import Closing
from approvals.pages.challenge_forms import AnswerForm, EndForm, FurtherForm, QuestionForm
from approvals.pages.reading import Reader, release_for
from approvals.pages.review import Words, reason_page
from approvals.presentation import challenge_rows
from approvals.presentation.challenge_rows import ChallengeRow
from approvals.signing import refuse_person
from registry.access.roles import Permission


@dataclass(frozen=True)
class Log:
    """The challenge log as its reader sees it."""

    rows: tuple[ChallengeRow, ...]
    ask_url: str
    """Where the reader asks; empty where nothing is in review, or the role signs nothing."""


@login_required
@require_http_methods(["GET", "POST"])
def challenge_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask a question in the role of a stage."""
    release, reader = release_for(request, reference)
    acting.require_person(Permission.RELEASE_SIGN, release.project, reader.principal)
    revision = challenge_rules.require_reviewed(release)
    found = assess(release)
    _, against = challenge_rules.asker(reader.user, release, revision, found.duties)
    refuse_person(against)
    stages = challenge_rules.stages_of(reader.user, release, revision, found.duties)
    return reason_page(
        request,
        release,
        QuestionForm(request.POST or None, found=found, stages=stages),
        lambda form: challenges.ask(release, form.question, principal=reader.principal),
        Words(
            "Ask a question",
            "The owner or the submitter answers. Until the question is closed, no stage of your role is "
            "signed, and the release is not approved.",
            "The question is asked.",
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def challenge_answer(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Answer a question, and name the evidence."""
    release, reader = release_for(request, reference)
    challenge_replies.require_side(release, reader.principal)
    question = _open_question(release, number)
    challenge_replies.refuse(challenge_rules.against_answering(question, reader.user))
    return reason_page(
        request,
        release,
        AnswerForm(request.POST or None, parts=parts_of(assess(release).facts)),
        lambda form: challenge_replies.answer(question, principal=reader.principal, **form.cleaned_data),
        Words(f"Answer question {number}", question.text, "The question is answered.", "Answer"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def challenge_further(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Ask further in the same thread."""
    release, reader, question = _to_judge(request, reference, number)
    return reason_page(
        request,
        release,
        FurtherForm(request.POST or None),
        lambda form: challenge_replies.ask_further(question, principal=reader.principal, **form.cleaned_data),
        Words(f"Ask further, question {number}", question.text, "The question goes on.", "Ask further"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def challenge_close(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Close a question as satisfied or withdrawn."""
    release, reader, question = _to_judge(request, reference, number)
    return reason_page(
        request,
        release,
        EndForm(request.POST or None),
        lambda form: challenge_closing.close(
            question,
            Closing(form.cleaned_data["outcome"]),
            reason=form.cleaned_data["reason"],
            principal=reader.principal,
        ),
        Words(f"Close question {number}", question.text, f"Question {number} is closed.", "Close"),
    )


def log_of(release: Release, revision: ReleaseRevision | None, reader: Reader) -> Log:
    """All questions of a release for its reader; three queries at most."""
    found = Challenge.objects.with_story().filter(release=release)
    asks = (
        Permission.RELEASE_SIGN in reader.permissions
        and revision is not None
        and release.state in challenge_rules.ASKED_IN
        and revision.takes_signatures(release.state)
    )
    return Log(
        challenge_rows.rows(found, reader=reader.user, roles=reader.roles, permissions=reader.permissions),
        reverse("challenge_new", args=[release.human_id]) if asks else "",
    )


def _open_question(release: Release, number: int) -> Challenge:
    found = challenges.numbered(release, number)
    challenge_rules.require_open(found, release)
    return found


def _to_judge(request: HttpRequest, reference: str, number: int) -> tuple[Release, Reader, Challenge]:
    release, reader = release_for(request, reference)
    acting.require_person(Permission.RELEASE_SIGN, release.project, reader.principal)
    question = _open_question(release, number)
    person = candidates.candidate(reader.user, release)
    challenge_replies.refuse(challenge_rules.against_closing(question, person, assess(release).duties))
    return release, reader, question
