"""API addresses of approvals."""

from django.urls import path
from django.urls.resolvers import URLPattern

from approvals.api import (
    accountability,
    challenges,
    conditions,
    delegations,
    deployments,
    gates,
    links,
    pack_verification,
    packs,
    procedures,
    queue,
    releases,
    signing,
    waivers,
)
from registry.api.urls import PROJECT

HERE = PROJECT.removeprefix("v1/")
RELEASE = f"{HERE}/releases/<ref:reference>"
WAIVER = f"{HERE}/waivers/<ref:reference>"
DELEGATION = f"{HERE}/delegations/<uuid:delegation>"
CONDITION = f"{RELEASE}/conditions/<uuid:condition>"
STAGE = f"{RELEASE}/stages/<ref:stage>"
CHALLENGE = f"{RELEASE}/challenges/<int:number>"

urlpatterns: list[URLPattern] = [
    path(f"{HERE}/deployments", deployments.Deployments.as_view(), name="api-deployment-list"),
    path(f"{HERE}/releases", releases.Releases.as_view(), name="api-release-list"),
    path(RELEASE, releases.ReleaseOne.as_view(), name="api-release"),
    path(f"{RELEASE}/links", links.Links.as_view(), name="api-link-list"),
    path(f"{RELEASE}/links/<uuid:link>/remove", links.LinkRemoval.as_view(), name="api-link-remove"),
    path(f"{RELEASE}/gates", gates.Gates.as_view(), name="api-gates"),
    path(f"{RELEASE}/submit", releases.Submission.as_view(), name="api-release-submit"),
    path(f"{RELEASE}/resubmit", releases.Resubmission.as_view(), name="api-release-resubmit"),
    path(f"{RELEASE}/withdraw", releases.Withdrawal.as_view(), name="api-release-withdraw"),
    path(f"{RELEASE}/stages", gates.Stages.as_view(), name="api-stages"),
    path(f"{STAGE}/view", signing.StageView.as_view(), name="api-stage-view"),
    path(f"{STAGE}/signatures", signing.StageSignatures.as_view(), name="api-stage-signatures"),
    path(f"{STAGE}/decline", signing.StageDecline.as_view(), name="api-stage-decline"),
    path(f"{RELEASE}/request-changes", signing.ChangeRequests.as_view(), name="api-request-changes"),
    path(f"{RELEASE}/reject", signing.Rejection.as_view(), name="api-release-reject"),
    path(f"{RELEASE}/release", signing.ReleaseNow.as_view(), name="api-release-release"),
    path(f"{RELEASE}/emergency", procedures.Emergencies.as_view(), name="api-release-emergency"),
    path(f"{RELEASE}/review-afterwards", procedures.Afterwards.as_view(), name="api-review-afterwards"),
    path(f"{RELEASE}/tier", procedures.ReleaseTier.as_view(), name="api-release-tier"),
    path(f"{RELEASE}/suspend", procedures.Suspensions.as_view(), name="api-release-suspend"),
    path(f"{RELEASE}/reinstatement", procedures.Reinstatements.as_view(), name="api-release-reinstatement"),
    path(f"{RELEASE}/revisions/<int:number>", gates.RevisionOne.as_view(), name="api-revision"),
    path(f"{RELEASE}/challenges", challenges.Challenges.as_view(), name="api-challenge-list"),
    path(f"{CHALLENGE}/answers", challenges.Answers.as_view(), name="api-challenge-answers"),
    path(f"{CHALLENGE}/questions", challenges.FurtherQuestions.as_view(), name="api-challenge-questions"),
    path(f"{CHALLENGE}/close", challenges.ChallengeEnd.as_view(), name="api-challenge-close"),
    path(f"{RELEASE}/packs", packs.ReleasePacks.as_view(), name="api-release-packs"),
    path(f"{RELEASE}/conditions", conditions.Conditions.as_view(), name="api-condition-list"),
    path(f"{CONDITION}/met", conditions.Met.as_view(), name="api-condition-met"),
    path(f"{CONDITION}/lifted", conditions.Lifted.as_view(), name="api-condition-lifted"),
    path(f"{RELEASE}/waivers", waivers.ReleaseWaivers.as_view(), name="api-release-waivers"),
    path(f"{HERE}/waivers", waivers.Waivers.as_view(), name="api-waiver-list"),
    path(WAIVER, waivers.WaiverOne.as_view(), name="api-waiver"),
    path(f"{WAIVER}/dialog", waivers.WaiverDialog.as_view(), name="api-waiver-dialog"),
    path(f"{WAIVER}/decision", waivers.WaiverDecided.as_view(), name="api-waiver-decision"),
    path(f"{WAIVER}/renewals", waivers.WaiverRenewals.as_view(), name="api-waiver-renewals"),
    path(f"{WAIVER}/close", waivers.WaiverClosing.as_view(), name="api-waiver-close"),
    path(f"{HERE}/packs", packs.ProjectPacks.as_view(), name="api-pack-list"),
    path("packs/verify", pack_verification.PackVerification.as_view(), name="api-pack-verify"),
    path("packs/<ref:reference>", packs.PackOne.as_view(), name="api-pack"),
    path("packs/<ref:reference>/download", packs.PackDownload.as_view(), name="api-pack-download"),
    path(f"{HERE}/delegations", delegations.ProjectDelegations.as_view(), name="api-delegation-list"),
    path(f"{DELEGATION}/accept", delegations.Acceptance.as_view(), name="api-delegation-accept"),
    path(f"{DELEGATION}/decline", delegations.Declining.as_view(), name="api-delegation-decline"),
    path(f"{DELEGATION}/end", delegations.End.as_view(), name="api-delegation-end"),
    path("me/delegations", delegations.OwnDelegations.as_view(), name="api-delegations"),
    path("me/accountability", accountability.Accountability.as_view(), name="api-accountability"),
    path("me/queue", queue.OwnQueue.as_view(), name="api-queue"),
]
