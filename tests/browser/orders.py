"""What browser tests ask of a copy of the demonstration: a release, a change of evidence, every address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from approvals import (
    challenges,
    decision_view,
    decisions,
    delegations,
    emergency,
    suspension,
    waiver_decisions,
    waiver_requests,
)
from approvals.challenges import Question
from approvals.delegations import Wish
from approvals.demonstration import catalogue, notes, people, signing, story
from approvals.demonstration.people import PROJECT, House
from approvals.demonstration.signing import Plan
from approvals.models import Condition, Pack, Release, Waiver
from approvals.models.waivers import WaiverVerdict
from approvals.states import Action, State
from evidence import clock
from evidence.actors import SYSTEM
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry
from registry import catalogue as records
from registry.access import people as access
from registry.access import recoveries
from registry.access.roles import Role
from registry.models import RoleGrant, RollbackArtifact, Run, Submission, User
from tests.codes import code_of

STALE: Final = "Argo-L for a second desk"
WAY_BACK: Final = "second-desk-by-hand"


def open_release(tier: str = "moderate", title: str = STALE) -> str:
    """A submitted release with a way back of its own; its human id."""
    house = _house()
    shelf = catalogue.fill(house)
    live = Release.objects.get(project=house.project, state=State.RELEASED)
    plan = Plan(
        title=title,
        deployment="second-desk",
        environment="production",
        model=live.model_version,
        criteria=shelf.first_criteria,
        answers=story.HIGH if tier == "high" else story.MODERATE,
        intended_use=story.USE,
        private=tuple(Run.objects.filter(links__release=live, benchmark_version__kind="private")),
        rollback=_way_back(house),
        signals=shelf.signals,
    )
    return str(signing.submitted(house, plan).human_id)


def change_way_back() -> None:
    """A new revision of that release's way back: what was read is not what is there."""
    house = _house()
    old = records.rows(RollbackArtifact).heads().get(project=house.project, name=WAY_BACK)
    columns = {column.name for column in old._meta.concrete_fields}
    kept = {name: getattr(old, name) for name in old.RECORD_FIELDS if name in columns}
    records.record(
        RollbackArtifact,
        project=house.project,
        values={**kept, "procedure": "Call the second desk, then work by hand."},
        principal=house.principal("pia"),
        supersedes=old,
        reason="The desk has a telephone now.",
    )


def code(account: str) -> str:
    """What the person's authenticator would show next."""
    return code_of(User.objects.get(username=account))


def pages() -> dict[str, list[str]]:
    """Name of a page, with what is special about it → who opens it (nobody: signed out), and where."""
    house = _house()
    return {name: [account, path] for name, (account, path) in _pages(house).items()}


ORDERS: Final[Mapping[str, Callable[..., Any]]] = {
    order.__name__: order for order in (open_release, change_way_back, code, pages)
}


def _house() -> House:
    return people.arrive(notes.password(settings.DATA_DIR))


def _way_back(house: House) -> RollbackArtifact:
    values = {
        "name": WAY_BACK,
        "kind": "deployment_manifest",
        "location": "registry.harborsure.example/claims/second-desk",
        "digest": sha256_bytes(b"Made data of a test."),
        "restores": "Work by hand",
        "procedure": "Work by hand.",
        "last_tested_at": clock.now() - timedelta(days=3),
        "tested_by": house.people["olu"],
        "recovery_seconds": 60,
    }
    known = records.rows(RollbackArtifact).heads().filter(project=house.project, name=WAY_BACK).first()
    return known or records.record(
        RollbackArtifact, project=house.project, values=values, principal=house.principal("pia")
    )


Pages = dict[str, tuple[str, str]]


def _pages(house: House) -> Pages:
    return {
        **_open_to_everybody(house),
        **_of_the_registry(house),
        **_that_write_records(house),
        **_of_people(house),
        **_of_releases(house),
        **_that_sign(house),
        **_of_packs(),
        **_of_procedures(house),
        **_of_waivers(house),
        **_of_conditions(house),
        **_of_challenges(house),
        **_of_delegations(house),
    }


def _open_to_everybody(house: House) -> Pages:
    made = access.invite(
        project=house.project,
        email="vera@harborsure.example",
        printed_name="Vera Lund",
        role=Role.VALIDATOR,
        reason="A second validator for the test",
        principal=house.principal("adam"),
    )
    return {
        "home": ("", "/"),
        "keys": ("", reverse("keys")),
        "verify": ("", reverse("verify")),
        "invitation": ("", reverse("invitation", args=[made.invitation.pk, made.secret])),
    }


def _of_the_registry(house: House) -> Pages:
    refused = Submission.objects.get(project=house.project, state="refused")
    first = Run.objects.filter(project=house.project).order_by("human_id")[0]
    entry = LedgerEntry.objects.get(subject=f"run:{first.pk}", kind="run.admitted")
    model = ["models", first.model_version_id]
    everywhere = {
        "project_list": "/projects/",
        "run_list": "/runs/",
        "ledger": "/ledger/",
        "log": "/ledger/log/",
    }
    return {
        **{name: ("audra", path) for name, path in everywhere.items()},
        "account_page": ("audra", reverse("account_page")),
        "project": ("audra", reverse("project", args=[PROJECT])),
        "catalogue": ("audra", reverse("catalogue", args=[PROJECT])),
        "catalogue_kind": ("audra", reverse("catalogue_kind", args=[PROJECT, "datasets"])),
        "catalogue_record": ("audra", reverse("catalogue_record", args=[PROJECT, *model])),
        "submission_list": ("audra", reverse("submission_list", args=[PROJECT])),
        "submission": ("audra", reverse("submission", args=[PROJECT, refused.pk])),
        "project_runs": ("audra", reverse("project_runs", args=[PROJECT])),
        "run": ("audra", reverse("run", args=[PROJECT, first.human_id])),
        "run_file": ("audra", reverse("run_file", args=[PROJECT, first.human_id, 0])),
        "ledger_entry": ("audra", reverse("ledger_entry", args=[entry.pk])),
        "subject": ("audra", reverse("subject", args=[entry.subject])),
        "project_ledger": ("audra", reverse("project_ledger", args=[PROJECT])),
    }


def _that_write_records(house: House) -> Pages:
    run = Run.objects.filter(project=house.project).order_by("human_id")[0]
    model = ["models", run.model_version_id]
    return {
        "catalogue_new": ("ines", reverse("catalogue_new", args=[PROJECT, "criteria"])),
        "catalogue_revise": ("ines", reverse("catalogue_revise", args=[PROJECT, *model])),
        "catalogue_withdraw": ("ines", reverse("catalogue_withdraw", args=[PROJECT, *model])),
        "run_void": ("ines", reverse("run_void", args=[PROJECT, run.human_id])),
        "token_list": ("ines", reverse("token_list", args=[PROJECT])),
        "token_new": ("ines", reverse("token_new", args=[PROJECT])),
        "service_new": ("ines", reverse("service_new", args=[PROJECT])),
    }


def _of_people(house: House) -> Pages:
    grant = RoleGrant.objects.get(project=house.project, user=house.people["tobias"])
    waits = recoveries.after_recovery_code(house.people["fay"], actor=SYSTEM)
    return {
        "people": ("adam", reverse("people", args=[PROJECT])),
        "grant_give": ("adam", reverse("grant_give", args=[PROJECT])),
        "grant_end": ("adam", reverse("grant_end", args=[PROJECT, grant.pk])),
        "recovery_take": ("adam", reverse("recovery_take", args=[PROJECT, grant.user_id])),
        "recovery_confirm": ("adam", reverse("recovery_confirm", args=[PROJECT, waits.pk])),
        "deactivate": ("adam", reverse("deactivate", args=[PROJECT, grant.user_id])),
        "invite": ("adam", reverse("invite", args=[PROJECT])),
    }


def _of_releases(house: House) -> Pages:
    draft, waiting = _in(house, State.DRAFT), _waiting(house)
    reopened = Release.objects.get(project=house.project, revision=2)
    return {
        "queue": ("ruth", reverse("queue")),
        "accountability": ("ruth", reverse("accountability")),
        "release_list": ("ines", reverse("release_list")),
        "release_new": ("ines", reverse("release_new")),
        "deployment_new": ("ines", reverse("deployment_new")),
        "release": ("ruth", reverse("release", args=[waiting.human_id])),
        "release as a draft": ("ines", reverse("release", args=[draft.human_id])),
        "release with stopped signatures": ("audra", reverse("release", args=[reopened.human_id])),
        "release_edit": ("ines", reverse("release_edit", args=[draft.human_id])),
        "release_withdraw": ("tobias", reverse("release_withdraw", args=[waiting.human_id])),
        "release_diff": ("ruth", reverse("release_diff", args=[reopened.human_id]) + "?from=1&to=2"),
        "release_revision": ("ruth", reverse("release_revision", args=[reopened.human_id, 1])),
        "release_packs": ("pia", reverse("release_packs", args=[waiting.human_id])),
    }


def _that_sign(house: House) -> Pages:
    release = _waiting(house)
    acts = {"sign": Action.SIGN, "decline": Action.DECLINE, "reject": Action.REJECT}
    found: Pages = {
        "release_request_changes": ("ruth", reverse("release_request_changes", args=[release.human_id]))
    }
    for word, action in acts.items():
        view = decision_view.show(release, "5", action=action, principal=house.principal("ruth"))
        address = reverse(f"release_{word}", args=[release.human_id, "5"])
        found[f"release_{word}"] = ("ruth", f"{address}?view={view.digest}&revision=1")
    return found


def _of_packs() -> Pages:
    pack = Pack.objects.get()
    return {
        "pack_list": ("audra", reverse("pack_list")),
        "pack_new": ("ruth", f"{reverse('pack_new')}?project={pack.project.key}"),
        "pack": ("audra", reverse("pack", args=[pack.human_id])),
        "pack_verify": ("audra", reverse("pack_verify", args=[pack.human_id])),
    }


def _of_procedures(house: House) -> Pages:
    draft, live = _in(house, State.DRAFT), _in(house, State.RELEASED)
    urgent, stopped = _in_emergency(house, "night-desk"), _in_emergency(house, "weekend-desk")
    reason = "Two adjusters report summaries of the wrong claim."
    suspension.suspend(stopped, reason=reason, principal=house.principal("ruth"))
    return {
        "release_emergency": ("pia", reverse("release_emergency", args=[draft.human_id])),
        "release_set_tier": ("ruth", reverse("release_set_tier", args=[_waiting(house).human_id])),
        "release_suspend": ("ruth", reverse("release_suspend", args=[live.human_id])),
        "release live in an emergency": ("ines", reverse("release", args=[urgent.human_id])),
        "release_evidence": ("ines", reverse("release_evidence", args=[urgent.human_id])),
        "release_afterwards": ("ines", reverse("release_afterwards", args=[urgent.human_id])),
        "release suspended": ("tobias", reverse("release", args=[stopped.human_id])),
        "release_reinstatement": ("tobias", reverse("release_reinstatement", args=[stopped.human_id])),
    }


def _of_waivers(house: House) -> Pages:
    release = _unwatched(house)
    signal, back = (
        _asked(house, release, gate, days) for gate, days in (("GATE_MONITORING", 6), ("GATE_ROLLBACK", 60))
    )
    _approve(house, signal)
    live = reverse("waiver_list") + f"?project={PROJECT}"
    bare = _unwatched(house, "Argo-L for the third desk")
    asking = reverse("waiver_new", args=[bare.human_id]) + "?gate=GATE_MONITORING"
    return {
        "waiver_list": ("ruth", live),
        "waiver_list of those in force": ("audra", f"{live}&in_force=1"),
        "waiver": ("tobias", reverse("waiver", args=[signal.human_id])),
        "waiver that waits": ("ruth", reverse("waiver", args=[back.human_id])),
        "waiver_new": ("tobias", asking),
        "waiver_renew": ("tobias", reverse("waiver_renew", args=[signal.human_id])),
        "waiver_close": ("ruth", reverse("waiver_close", args=[signal.human_id])),
        "waiver_decide": ("ruth", reverse("waiver_decide", args=[back.human_id, "approve"])),
        "waiver_decide to reject": ("ruth", reverse("waiver_decide", args=[back.human_id, "reject"])),
        "release with a waiver": ("tobias", reverse("release", args=[release.human_id])),
    }


def _of_conditions(house: House) -> Pages:
    release = _waiting(house)
    condition = Condition.objects.get(signature__release=release)
    return {
        name: ("dora", reverse(name, args=[release.human_id, condition.pk]))
        for name in ("condition_met", "condition_lifted")
    }


def _of_challenges(house: House) -> Pages:
    """Of the release whose evidence changed: a question of the validator waits for its answer."""
    release = Release.objects.get(project=house.project, revision=2)
    question = Question("Which letters were scored again, and by whom?", wants_evidence=True)
    asked = challenges.ask(release, question, principal=house.principal("maren"))
    of_one = [release.human_id, asked.number]
    return {
        "challenge_new": ("maren", reverse("challenge_new", args=[release.human_id])),
        "challenge_answer": ("tobias", reverse("challenge_answer", args=of_one)),
        "challenge_further": ("maren", reverse("challenge_further", args=of_one)),
        "challenge_close": ("maren", reverse("challenge_close", args=of_one)),
        "release with a question": ("tobias", reverse("release", args=[release.human_id])),
    }


def _unwatched(house: House, title: str = "Argo-L for a desk without signals") -> Release:
    """A draft without signal and way back."""
    shelf = catalogue.fill(house)
    live = _in(house, State.RELEASED)
    return signing.drafted(
        house,
        Plan(
            title=title,
            deployment="third-desk",
            environment="production",
            model=live.model_version,
            criteria=shelf.first_criteria,
            answers=story.MODERATE,
            intended_use=story.USE,
            private=tuple(Run.objects.filter(links__release=live, benchmark_version__kind="private")),
        ),
    )


def _asked(house: House, release: Release, gate: str, days: int) -> Waiver:
    terms = waiver_requests.Terms(
        owner=house.people["tobias"],
        measure="An adjuster reads every summary before it is used.",
        reason="The gateway that measures refusals is installed next week.",
        expires_at=clock.now() + timedelta(days=days),
    )
    target = waiver_requests.Target(gate)
    return waiver_requests.request(release, target, terms, principal=house.principal("tobias"))


def _approve(house: House, waiver: Waiver) -> None:
    ruth = house.principal("ruth")
    challenge = waiver_decisions.open_dialog(waiver, WaiverVerdict.APPROVE, principal=ruth)
    ruling = waiver_decisions.Ruling(WaiverVerdict.APPROVE, waiver.record_id, str(challenge.pk))
    waiver_decisions.decide(waiver, ruling, typed=signing.typed(house, "ruth"), principal=ruth)


def _of_delegations(house: House) -> Pages:
    release = _waiting(house)
    ruth, pia = house.principal("ruth"), house.principal("pia")
    wish = Wish(pia.user, "5", clock.now() + timedelta(days=7), "On leave until the second week of December.")
    taken = delegations.accept(delegations.delegate(house.project, wish, principal=ruth), principal=pia)
    tobias = house.principal("tobias")
    asked = delegations.delegate(house.project, replace(wish, stage="2"), principal=tobias)
    here = f"{reverse('release', args=[release.human_id])}?stage=5&for={taken.pk}"
    view = decision_view.show(release, "5", action=Action.SIGN, principal=pia, delegation=str(taken.pk))
    sign = reverse("release_sign", args=[release.human_id, "5"])
    return {
        "delegations": ("pia", reverse("delegations")),
        "delegations of nobody": ("audra", reverse("delegations")),
        "project_delegations": ("adam", reverse("project_delegations", args=[PROJECT])),
        "delegation_new": ("ruth", reverse("delegation_new", args=[PROJECT])),
        "delegation_decline": ("pia", reverse("delegation_decline", args=[PROJECT, asked.pk])),
        "delegation_end": ("ruth", reverse("delegation_end", args=[PROJECT, taken.pk])),
        "queue of a delegate": ("pia", reverse("queue")),
        "release for a delegate": ("pia", here),
        "release_sign for a delegate": (
            "pia",
            f"{sign}?view={view.digest}&revision=1&for={taken.pk}",
        ),
    }


def _in_emergency(house: House, desk: str) -> Release:
    """A release that two persons made live before its review."""
    shelf = catalogue.fill(house)
    live = _in(house, State.RELEASED)
    plan = Plan(
        title=f"Argo-L for the {desk}",
        deployment=desk,
        environment="production",
        model=live.model_version,
        criteria=shelf.first_criteria,
        answers=story.MODERATE,
        intended_use=story.USE,
        rollback=RollbackArtifact.objects.heads().filter(links__release=live).first(),
        signals=shelf.signals,
    )
    release = signing.drafted(house, plan)
    emergency.declare(
        release,
        incident="INC-2041",
        cause="The supplier ended the old version tonight; the queue stands still.",
        hours=48,
        principal=house.principal("pia"),
    )
    for stage, person in (("E1", "pia"), ("E2", "ruth")):
        decisions.sign(
            signing.reread(release),
            signing.intent(house, signing.reread(release), stage, person, Action.SIGN),
            typed=signing.typed(house, person),
            principal=house.principal(person),
        )
    return signing.reread(release)


def _in(house: House, state: State) -> Release:
    return Release.objects.get(project=house.project, state=state)


def _waiting(house: House) -> Release:
    """The release that waits for compliance."""
    return Release.objects.get(
        project=house.project, revisions__stages__code="5", revisions__stages__state="open"
    )
