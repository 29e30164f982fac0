"""Addresses of releases and packs, and the way to them, in one place."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from approvals import emergency
from approvals.decision_view import DecisionView
from approvals.models import Pack, Release, Waiver
from approvals.pages.reading import Reading, action_on
from approvals.states import Action
from evidence.digests import digest_of
from registry.pages.frame import Crumb

STAGE_PAGES = {
    Action.SIGN: "release_sign",
    Action.RELEASE: "release_sign",
    Action.DECLINE: "release_decline",
    Action.REJECT: "release_reject",
}


PROCEDURE_PAGES = {
    Action.BEGIN_AFTERWARDS: "release_afterwards",
    Action.PROPOSE_REINSTATEMENT: "release_reinstatement",
}


def release_url(release: Release, name: str = "release", *more: object) -> str:
    """A page of a release."""
    return reverse(name, args=[release.human_id, *more])


def waiver_url(waiver: Waiver, name: str = "waiver", *more: object) -> str:
    """A page of a waiver."""
    return reverse(name, args=[waiver.human_id, *more])


def waiver_trail(waiver: Waiver, *more: Crumb) -> tuple[Crumb, ...]:
    """The way through its release to a waiver, and on from it."""
    listed = f"{reverse('waiver_list')}?{urlencode({'project': waiver.project.key})}"
    here = Crumb(waiver.human_id, waiver_url(waiver) if more else "", is_id=True)
    return trail(waiver.release, Crumb("Waivers", listed), here, *more)


def pack_url(pack: Pack, name: str = "pack") -> str:
    """A page of a pack."""
    return reverse(name, args=[pack.human_id])


def trail(release: Release, *more: Crumb) -> tuple[Crumb, ...]:
    """The way from its project to a release, and on from it."""
    return (
        Crumb(release.project.name, reverse("project", args=[release.project.key])),
        Crumb("Releases", f"{reverse('release_list')}?{urlencode({'project': release.project.key})}"),
        Crumb(release.human_id, release_url(release) if more else "", is_id=True),
        *more,
    )


def pack_trail(pack: Pack, *more: Crumb) -> tuple[Crumb, ...]:
    """The way to a pack, and on from it: through its release, or through the packs of its project."""
    here = Crumb(pack.human_id, pack_url(pack) if more else "", is_id=True)
    if pack.release is not None:
        return trail(pack.release, Crumb("Packs", again_url(pack)), here, *more)
    project = Crumb(pack.project.name, reverse("project", args=[pack.project.key]))
    return (project, Crumb("Packs", packs_url(pack)), here, *more)


def packs_url(pack: Pack) -> str:
    """All packs of the same project."""
    return f"{reverse('pack_list')}?{urlencode({'project': pack.project.key})}"


def again_url(pack: Pack) -> str:
    """Where the next pack of the same thing is asked for."""
    if pack.release is not None:
        return release_url(pack.release, "release_packs")
    asked = {"run": pack.run.human_id} if pack.run else {"project": pack.project.key}
    return f"{reverse('pack_new')}?{urlencode(asked)}"


def stage_url(release: Release, view: DecisionView, action: Action) -> str:
    """The page that signs, declines or rejects exactly the view that was shown."""
    query = {"view": digest_for(view, action), "revision": str(view.revision.number)}
    if view.stand_in is not None:
        query["for"] = str(view.stand_in.delegation.pk)
    return f"{release_url(release, STAGE_PAGES[action], view.stage.code)}?{urlencode(query)}"


def duty_url(release: Release, stage: str, delegation: str) -> str:
    """The page of a release with one of the reader's stages chosen, and for whom he would sign it."""
    query = {"stage": stage} | ({"for": delegation} if delegation else {})
    return f"{release_url(release)}?{urlencode(query)}#sign"


def digest_for(view: DecisionView, action: Action) -> str:
    """The digest of the same view for another action: the action is one member of it."""
    return digest_of({**view.body, "action": str(action)})


def action_urls(reading: Reading) -> dict[Action, str]:
    """Where each action of a release is taken by its reader."""
    release, view = reading.release, reading.view
    found = {
        Action.REQUEST_CHANGES: release_url(release, "release_request_changes"),
        Action.WITHDRAW: release_url(release, "release_withdraw"),
        Action.DECLARE_EMERGENCY: release_url(release, "release_emergency"),
        Action.SUSPEND: release_url(release, "release_suspend"),
    }
    if not reading.is_signed_now:
        unreviewed = emergency.is_unreviewed(release)
        action = Action.BEGIN_AFTERWARDS if unreviewed else Action.PROPOSE_REINSTATEMENT
        found[action] = release_url(release, PROCEDURE_PAGES[action])
    if view is not None and reading.takes_signatures:
        signs = action_on(view.stage)
        found |= {
            action: stage_url(release, view, action) for action in (signs, Action.DECLINE, Action.REJECT)
        }
    return found
