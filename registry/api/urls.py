"""API addresses of the registry."""

from django.urls import path, register_converter
from django.urls.resolvers import URLPattern
from drf_spectacular.views import SpectacularJSONAPIView

from registry.api import (
    artifacts,
    catalogue_urls,
    docs,
    grants,
    invitations,
    jobs,
    ledger,
    projects,
    readings,
    runs,
    submissions,
    tokens,
    trail,
    verifications,
)


class Reference:
    """A UUID, human id or name in an address."""

    regex = r"[^/\x00]{1,200}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(Reference, "ref")

PROJECT = "v1/projects/<ref:project>"

urlpatterns: list[URLPattern] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("docs/", docs.DocsView.as_view(), name="api-docs"),
    path("v1/me", projects.Me.as_view(), name="api-me"),
    path("v1/grants", grants.OwnGrants.as_view(), name="api-grants"),
    path("v1/tokens", tokens.Tokens.as_view(), name="api-tokens"),
    path("v1/tokens/<uuid:token>/revoke", tokens.TokenRevocation.as_view(), name="api-token-revoke"),
    path("v1/jobs/<uuid:job>", jobs.JobOne.as_view(), name="api-job"),
    path("v1/ledger/checkpoint", ledger.NewestCheckpoint.as_view(), name="api-checkpoint"),
    path("v1/ledger/consistency", ledger.ConsistencyProof.as_view(), name="api-consistency"),
    path("v1/ledger/verifications", verifications.VerificationList.as_view(), name="api-verifications"),
    path("v1/ledger/entries/<uuid:entry>/proof", ledger.EntryProof.as_view(), name="api-entry-proof"),
    path("v1/projects", projects.Projects.as_view(), name="api-project-list"),
    path(PROJECT, projects.ProjectOne.as_view(), name="api-project"),
    path(f"{PROJECT}/artifacts/<ref:digest>", artifacts.ArtifactView.as_view(), name="api-artifact"),
    path(f"{PROJECT}/submissions", submissions.Submissions.as_view(), name="api-submission-list"),
    path(
        f"{PROJECT}/submissions/<ref:reference>", submissions.SubmissionOne.as_view(), name="api-submission"
    ),
    path(f"{PROJECT}/runs", runs.Runs.as_view(), name="api-run-list"),
    path(f"{PROJECT}/runs/<ref:reference>/void", runs.RunVoid.as_view(), name="api-run-void"),
    path(f"{PROJECT}/runs/<ref:reference>", runs.RunOne.as_view(), name="api-run"),
    path(f"{PROJECT}/grants", grants.ProjectGrants.as_view(), name="api-project-grants"),
    path(f"{PROJECT}/grants/<uuid:grant>/revoke", grants.GrantRevocation.as_view(), name="api-grant-revoke"),
    path(f"{PROJECT}/ledger", trail.ProjectTrail.as_view(), name="api-ledger-list"),
    path(f"{PROJECT}/ledger/export", trail.ProjectTrailExport.as_view(), name="api-ledger-export"),
    path(f"{PROJECT}/invitations", invitations.Invitations.as_view(), name="api-invitations"),
    path(f"{PROJECT}/service-accounts", tokens.ServiceAccounts.as_view(), name="api-service-accounts"),
    path(
        f"{PROJECT}/signals/<ref:reference>/readings", readings.SignalReadings.as_view(), name="api-readings"
    ),
    *catalogue_urls.patterns(),
]
