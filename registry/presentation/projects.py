"""A project at a glance: its numbers, what came last, what is missing, who holds which role."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from registry.access.roles import Role
from registry.models import Project, RoleGrant, RollbackArtifact, Run, Submission, User
from registry.models.access import UserKind
from registry.presentation.catalogue_overview import KindCount
from registry.presentation.words import counted

LATEST = 5
NEEDED = (
    ("models", "No model version is recorded, so no run can name one."),
    ("datasets", "No dataset version is recorded, so no run can say what it measured on."),
    ("benchmarks", "No benchmark version is recorded, so no run can name its task."),
    ("metrics", "No metric is defined, so no score gets a count and an interval."),
    ("criteria", "No criteria set is recorded, so a release has nothing to reach."),
    ("rollbacks", "No rollback artifact is recorded, so a release has no tested way back."),
    ("signals", "No monitoring signal is recorded, so a release is not watched."),
)
NEEDED_ROLES = (
    Role.SUBMITTER,
    Role.MODEL_OWNER,
    Role.VALIDATOR,
    Role.COMPLIANCE_REVIEWER,
    Role.RELEASE_MANAGER,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that matters, with what it is made of."""

    label: str
    figure: str
    note: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a release will need and nobody has given yet."""

    words: str
    next_step: str
    url: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A person and the end of the role."""

    name: str
    account: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role and who holds it now."""

    role: str
    holders: list[Holder]


def numbers(project: Project) -> list[Number]:
    """Six numbers; two queries."""
    counts = Q(status="admitted", is_corrected=False)
    runs = (
        Run.objects.filter(project=project)
        .with_correction()
        .aggregate(
            counted=Count("pk", filter=counts),
            corrected=Count("pk", filter=Q(status="admitted", is_corrected=True)),
            void=Count("pk", filter=Q(status="void")),
            flagged=Count("pk", filter=counts & ~Q(findings=[])),
            whole=Count("pk", filter=counts & Q(completeness__missing=[])),
        )
    )
    sent = Submission.objects.filter(project=project).aggregate(
        refused=Count("pk", filter=Q(state="refused")),
        under_way=Count("pk", filter=Q(state__in=["received", "reading"])),
    )
    standing, out = runs["counted"], f"{runs['corrected']:,} corrected, {runs['void']:,} voided"
    at = reverse("project_runs", args=[project.key])
    inbox = reverse("submission_list", args=[project.key])
    return [
        Number("Runs that count", f"{standing:,}", out, at),
        Number(
            "Runs with findings",
            f"{runs['flagged']:,} of {standing:,}",
            "flags and notes",
            f"{at}?flagged=yes",
        ),
        Number("Fully reproducible", f"{runs['whole']:,} of {standing:,}", "nothing of the bundle missing"),
        Number("Submissions refused", f"{sent['refused']:,}", f"{sent['under_way']:,} under way", inbox),
        Number("Releases opened", f"{project.release_count:,}", "live or decided"),
        Number("Packs issued", f"{project.pack_count:,}", "sealed and stored"),
    ]


def latest_runs(project: Project) -> "QuerySet[Run]":
    """The newest runs."""
    rows = Run.objects.filter(project=project).with_correction()
    runs = rows.select_related("project", "model_version__model", "benchmark_version__benchmark")
    return runs.order_by("-pk")[:LATEST]


def latest_submissions(project: Project) -> "QuerySet[Submission]":
    """The newest submissions."""
    return Submission.objects.filter(project=project).select_related("received_from").order_by("-pk")[:LATEST]


def roles(project: Project) -> list[RoleLine]:
    """Every role with its holders now, in the order of the workflow."""
    held: dict[str, list[Holder]] = {role: [] for role in Role.values}
    grants = RoleGrant.objects.in_force().filter(project=project).select_related("user")
    for grant in grants.order_by("user__printed_name"):
        held[grant.role].append(Holder(grant.user.printed_name, grant.user.username, grant.valid_to))
    return [RoleLine(str(Role(role).label), holders) for role, holders in held.items()]


def gaps(project: Project, kinds: list[KindCount], lines: list[RoleLine]) -> Iterator[Gap]:
    """What is missing before a release can pass, first things first."""
    counts = {one.kind.key: one for one in kinds}
    for key, words in NEEDED:
        if not counts[key].count:
            kind = counts[key].kind
            url = reverse("catalogue_kind", args=[project.key, key])
            yield Gap(words, f"Record a {kind.one.lower()}", url)
    people = reverse("people", args=[project.key])
    empty = [line.role for line in lines if not line.holders]
    for role in NEEDED_ROLES:
        if role.label in empty:
            yield Gap(f"Nobody holds the role {str(role.label).lower()}.", "Give or invite", people)
    yield from _untested(project)


def _untested(project: Project) -> Iterator[Gap]:
    heads = RollbackArtifact.objects.heads().filter(project=project, withdrawn_at__isnull=True)
    if count := heads.filter(last_tested_at__isnull=True).count():
        words = f"{counted(count, 'rollback artifact')} without a restore test."
        yield Gap(words, "Record the test", reverse("catalogue_kind", args=[project.key, "rollbacks"]))


def responsible_for(user: User) -> "QuerySet[User]":
    """Service accounts the person answers for."""
    return User.objects.filter(answerable=user, kind=UserKind.SERVICE, is_active=True)
