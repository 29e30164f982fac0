"""API tokens and what came through them; never shows a secret, for none is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from registry.models import ApiToken, Project, RoleGrant, Submission, User
from registry.presentation.projects import responsible_for
from registry.presentation.words import SCOPES

CALLS = 10


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token: its state, and its scopes in words."""

    token: ApiToken
    kind: str
    word: str
    scopes: str
    can_end: bool


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service account and whether it may send."""

    user: User
    kind: str
    word: str


def lines(tokens: Iterable[ApiToken], *, now: datetime) -> list[TokenLine]:
    """Tokens with their state now."""
    return [_line(token, now) for token in tokens]


def last_calls(project: Project, tokens: "QuerySet[ApiToken]") -> list[Submission]:
    """The newest submissions that came with one of these tokens."""
    rows = Submission.objects.filter(project=project, token__in=tokens.order_by().values("pk"))
    return list(rows.select_related("token").order_by("-pk")[:CALLS])


def service_lines(user: User, project: Project) -> list[ServiceLine]:
    """Service accounts the person answers for; without a role on the project none can send."""
    held = RoleGrant.objects.in_force().filter(project=project).values("pk")
    rows = responsible_for(user).annotate(roles=Count("grants", filter=Q(grants__pk__in=held)))
    return [
        ServiceLine(row, "pass", "May send") if row.roles else ServiceLine(row, "wait", "No role here yet")
        for row in rows.order_by("username")
    ]


def _line(token: ApiToken, now: datetime) -> TokenLine:
    kind, word = _state(token, now)
    words = ", ".join(SCOPES[scope][0].lower() if scope in SCOPES else str(scope) for scope in token.scopes)
    return TokenLine(token, kind, word, words.capitalize(), can_end=kind == "pass")


def _state(token: ApiToken, now: datetime) -> tuple[str, str]:
    if token.revoked_at is not None:
        return "voided", "Revoked"
    return ("wait", "Ended") if token.expires_at <= now else ("pass", "In force")
