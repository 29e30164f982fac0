"""The chapters of the demonstration, in order; each finds what is there and does only what is missing.

Uses the steps that API and pages use, so nothing in it can be what they would refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from approvals import dossier, pack_requests
from approvals.conditions import Terms
from approvals.demonstration import catalogue, evaluation, sending, signing
from approvals.demonstration.catalogue import ARGO, BRIG, BRIG_BEFORE, CUTTER, Entry, Shelf
from approvals.demonstration.people import House
from approvals.demonstration.sending import Subject
from approvals.demonstration.signing import Plan
from approvals.models import Pack, Release
from evidence import clock, sealing
from registry.models import Run, Submission

HIGH: Final[dict[str, Any]] = {
    "reach": "customers",
    "domain": "insurance",
    "personal_data": False,
    "external_vendor": True,
    "cost_driven": False,
}
COST_DRIVEN: Final = HIGH | {"cost_driven": True}
MODERATE: Final = HIGH | {"domain": "none"}
USE: Final = "Summaries of claims notes that an adjuster reads before deciding."
PILOT: Final = timedelta(days=30)
"""How long the domain reviewer gives the pilot of the release that waits."""
CORRECTION: Final = "letters-brig-m-corrected"

Say = Callable[[str], object]


@dataclass(frozen=True)
class Told:
    """What the story made, for those who look at it."""

    live: Release
    waiting: Release
    blocked: Release
    stopped: Release
    refused: Submission
    pack: Pack


@dataclass(frozen=True)
class Measured:
    """The runs of one candidate."""

    quality: Run
    latency: Run
    public: Run


def tell(house: House, *, say: Say) -> Told:
    """Bring the whole story to where a visitor takes over."""
    shelf = catalogue.fill(house)
    say("The catalogue is recorded: three candidates, their data, benchmarks and criteria.")
    argo, brig, cutter = _shortlist(house, shelf)
    say("Nine runs are admitted.")
    refused = _refused(house, shelf)
    live = _live(house, shelf, argo)
    say(f"{live.human_id} is live.")
    waiting = _waiting(house, shelf, brig)
    say(f"{waiting.human_id} waits for compliance.")
    blocked = _blocked(house, shelf, cutter)
    stopped = _stopped(house, shelf)
    say(f"{blocked.human_id} is blocked by a gate; signatures of {stopped.human_id} stopped counting.")
    pack = _packed(house, live)
    sealing.seal()
    say(f"{pack.human_id} is sealed.")
    return Told(live=live, waiting=waiting, blocked=blocked, stopped=stopped, refused=refused, pack=pack)


def _shortlist(house: House, shelf: Shelf) -> tuple[Measured, Measured, Measured]:
    passed = evaluation.shortlist()
    return (
        _measure(house, shelf, ARGO, passed[0], public=523, times=(1480, 2310, 3050)),
        _measure(house, shelf, BRIG, passed[1], public=507, times=(1120, 1740, 1960)),
        _measure(house, shelf, CUTTER, passed[2], public=431, times=(410, 690, 940)),
    )


def _measure(
    house: House,
    shelf: Shelf,
    entry: Entry,
    passed: frozenset[int],
    *,
    public: int,
    times: tuple[int, int, int],
) -> Measured:
    model, name = shelf.model(entry), entry.name.lower()
    percentiles = dict(zip(("p50", "p95", "p99"), times, strict=True))
    return Measured(
        public=sending.harness_run(
            house,
            f"shortlist-public-{name}",
            Subject(model, shelf.truthful, shelf.questions),
            evaluation.public_files(entry.candidate, public),
            metric=catalogue.ACCURACY,
        ),
        quality=sending.harness_run(
            house,
            f"shortlist-notes-{name}",
            Subject(model, shelf.summaries, shelf.notes),
            evaluation.private_files(entry.candidate, passed),
            metric=catalogue.PASS,
        ),
        latency=sending.latency_run(
            house,
            f"shortlist-times-{name}",
            Subject(model, shelf.load, shelf.notes),
            evaluation.latency_file(*times, seed=entry.candidate.seed),
            metric=catalogue.LATENCY,
            percentiles=percentiles,
        ),
    )


def _refused(house: House, shelf: Shelf) -> Submission:
    """Files of Cutter-S sent under the name of Brig-M, with samples of another evaluation."""
    of_cutter = evaluation.private_files(CUTTER.candidate, evaluation.outcomes(300, evaluation.NOTES, 5))
    others = evaluation.private_files(CUTTER.candidate, evaluation.outcomes(291, evaluation.NOTES, 6))
    return sending.harness_submission(
        house,
        "wrong-model-brig-m",
        Subject(shelf.model(BRIG), shelf.summaries, shelf.notes),
        [of_cutter[0], others[1]],
        metric=catalogue.PASS,
    )


def _live(house: House, shelf: Shelf, argo: Measured) -> Release:
    plan = Plan(
        title="Argo-L for claims notes",
        deployment="claims-assistant",
        environment="production",
        model=shelf.model(ARGO),
        criteria=shelf.first_criteria,
        answers=HIGH,
        intended_use=USE,
        private=(argo.quality,),
        public=(argo.public,),
        rollback=shelf.first_rollback,
        signals=shelf.signals,
    )
    return signing.released(house, signing.signed(house, signing.submitted(house, plan)))


def _waiting(house: House, shelf: Shelf, brig: Measured) -> Release:
    plan = Plan(
        title="Brig-M replaces Argo-L for claims notes",
        deployment="claims-assistant",
        environment="production",
        model=shelf.model(BRIG),
        criteria=shelf.criteria,
        answers=COST_DRIVEN,
        intended_use=f"{USE} Chosen for response time and cost; Argo-L has the higher raw score.",
        private=(brig.quality, brig.latency),
        public=(brig.public,),
        rollback=shelf.rollback,
        signals=shelf.signals,
    )
    pilot = Terms(
        text="Give the summaries of five per cent of the claims to adjusters beside the notes themselves.",
        measurable_check="Of 200 such summaries, adjusters mark at most four as misleading.",
        owner=house.people["tobias"],
        due_at=clock.now() + PILOT,
    )
    return signing.signed(house, signing.submitted(house, plan), before="5", under={"4a": (pilot,)})


def _blocked(house: House, shelf: Shelf, cutter: Measured) -> Release:
    plan = Plan(
        title="Cutter-S for claims notes",
        deployment="claims-assistant",
        environment="pilot",
        model=shelf.model(CUTTER),
        criteria=shelf.criteria,
        answers=COST_DRIVEN,
        intended_use=USE,
        public=(cutter.public,),
        rollback=shelf.rollback,
        signals=shelf.signals,
    )
    return signing.drafted(house, plan)


def _stopped(house: House, shelf: Shelf) -> Release:
    subject = Subject(shelf.model(BRIG_BEFORE), shelf.summaries, shelf.notes)
    first = sending.harness_run(
        house,
        "letters-brig-m",
        subject,
        evaluation.private_files(BRIG_BEFORE.candidate, evaluation.outcomes(350, evaluation.NOTES, 21)),
        metric=catalogue.PASS,
    )
    plan = Plan(
        title="Brig-M for claims letters",
        deployment="claims-letters",
        environment="production",
        model=shelf.model(BRIG_BEFORE),
        criteria=shelf.first_criteria,
        answers=MODERATE,
        intended_use="Drafts of letters that an adjuster edits and sends.",
        private=(first,),
        rollback=shelf.first_rollback,
        signals=shelf.signals,
    )
    release = signing.submitted(house, plan)
    if not Submission.objects.filter(project=house.project, external_id=CORRECTION).exists():
        release = signing.signed(house, release, before="4")
    _correct(house, subject, first)
    return signing.reread(release)


def _correct(house: House, subject: Subject, first: Run) -> None:
    sending.harness_run(
        house,
        CORRECTION,
        subject,
        evaluation.private_files(BRIG_BEFORE.candidate, evaluation.outcomes(341, evaluation.NOTES, 22)),
        metric=catalogue.PASS,
        corrects=first.human_id,
        correction_reason="Nine notes were scored with a draft of the guideline; they are scored again.",
    )


def _packed(house: House, live: Release) -> Pack:
    pack = Pack.objects.filter(release=live).order_by("version").first() or pack_requests.request_pack(
        live, include_private=False, principal=house.principal("pia")
    )
    if pack.job is not None and pack.issued_at is None:
        sending.take(pack.job, dossier.seal_pack)
        pack.refresh_from_db()
    return pack
