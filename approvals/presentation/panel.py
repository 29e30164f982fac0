"""The panel where a person signs, with the one reason why not; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.models import Signature, Stage
from approvals.models.signatures import StageState
from approvals.policy import RELEASE_STAGE
from approvals.presentation.actions import Offer
from approvals.presentation.labels import listed
from approvals.separation import Refusal
from approvals.states import SIGNED_STATES, State
from registry.access.roles import role_words
from registry.figures import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class SignPanel:
    """What `approvals/sign_panel.html` shows. Without a stage it says why the reader signs nothing."""

    who: str
    meaning: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    manifest_digest: str = ""
    button: str = ""
    sign_url: str = ""
    refusal_title: str = ""
    refusal: str = ""
    settle_url: str = ""
    settle_words: str = ""
    offers: tuple[Offer, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    """Words and address of other stages of the reader, or of the same one for somebody else."""
    has_signed: bool = False

    @property
    def refusals(self) -> tuple[tuple[str, str], ...]:
        """Reasons of the other buttons that the panel has not printed yet, each once."""
        printed = "why" if self.button else ""
        found = {one.why_id: one.refusal for one in self.offers if one.refusal and one.why_id != printed}
        return tuple(found.items())

    @property
    def state_kind(self) -> str:
        """Kind of the dock's state."""
        return "pass" if self.has_signed else "wait" if self.refusal_title or not self.button else "open"

    @property
    def state_words(self) -> str:
        """The dock's words."""
        if self.refusal_title:
            return self.refusal_title.rstrip(".")
        if self.button:
            return "Ready for your signature"
        return "You signed this release" if self.has_signed else "Nothing for you to sign"


def button_words(stage: Stage) -> str:
    """The act as the button names it."""
    return "Sign stage 6 and release" if stage.code == RELEASE_STAGE else f"Sign stage {stage.code}"


def panel(
    stage: Stage,
    *,
    name: str,
    for_whom: str,
    refusal: Refusal | None,
    blocked: Stage | None,
    people: Sequence[str],
    given: Sequence[Signature],
    flags: int,
    manifest_digest: str,
    sign_url: str,
    offers: tuple[Offer, ...],
    others: tuple[tuple[str, str], ...],
) -> SignPanel:
    """The panel of a person with a stage, his own or that of `for_whom`.

    `people` may sign the stage in the way, or this one instead.
    """
    who = f"{name} for {for_whom}" if for_whom else name
    title, words = _why(stage, refusal, blocked, people)
    return SignPanel(
        who=f"{who}, {role_words(stage.role)}, stage {stage.code} {stage.name}",
        meaning=stage.meaning,
        facts=_facts(stage, given, flags),
        manifest_digest=manifest_digest,
        button=button_words(stage),
        sign_url=sign_url,
        refusal_title=title,
        refusal=words,
        settle_url=refusal.page if refusal else "",
        settle_words=refusal.next_step if refusal else "",
        offers=offers,
        others=others,
        has_signed=refusal is not None and refusal.code == "signed_already",
    )


def reader_panel(
    *, name: str, roles: Sequence[str], offers: tuple[Offer, ...], signed: Sequence[Signature], state: str
) -> SignPanel:
    """The panel of a person with nothing to sign; `signed` are the person's signatures that count."""
    held = listed([role_words(role) for role in roles])
    who = f"{name}, {held}. {_nothing_to_sign(signed, state)}"
    return SignPanel(who=who, offers=offers, has_signed=bool(signed))


def _nothing_to_sign(signed: Sequence[Signature], state: str) -> str:
    if signed:
        last = signed[-1]
        return f"You signed stage {last.stage.code} {last.stage.name}, {stamp(last.signed_at)}."
    if state in SIGNED_STATES:
        return "No stage of this revision is signed in this role."
    return f"Nothing is left to sign: the release is {State(state).label.lower()}."


def _facts(stage: Stage, given: Sequence[Signature], flags: int) -> tuple[tuple[str, str], ...]:
    found = [("You sign", f"revision {stage.revision.number}"), ("Flags to weigh", str(flags))]
    found.append(("Quorum", f"{len(given)} of {stage.quorum}"))
    if stage.due_at and stage.state == StageState.OPEN:
        found.append(("Due", stamp(stage.due_at)))
    return tuple(found)


def _why(
    stage: Stage, refusal: Refusal | None, blocked: Stage | None, people: Sequence[str]
) -> tuple[str, str]:
    if refusal is None:
        return "", ""
    if refusal.code == "signed_already":
        return refusal.sentence.replace(" already.", "."), _progress(stage)
    if refusal.code == "stage_not_open":
        return refusal.sentence, _in_the_way(blocked, people)
    if refusal.next_step:
        return "Something is left to do before you sign.", _unsettled(refusal)
    return "You may not sign this stage.", f"{refusal.sentence} {can_sign(people)}".strip()


def _unsettled(refusal: Refusal) -> str:
    """The page that settles it has a link of its own; otherwise the step is told."""
    return refusal.sentence if refusal.page else f"{refusal.sentence} {refusal.next_step}."


def _progress(stage: Stage) -> str:
    return "" if stage.state != StageState.OPEN else "The stage stays open until its quorum is complete."


def _in_the_way(blocked: Stage | None, people: Sequence[str]) -> str:
    if blocked is None:
        return ""
    if blocked.state != StageState.OPEN or blocked.opened_at is None or blocked.due_at is None:
        return f"{can_sign(people)}".strip()
    due = f"open since {stamp(blocked.opened_at)}, due {stamp(blocked.due_at)}"
    return f"{listed(list(people)) or 'Nobody without a conflict'} can sign it: {due}."


def can_sign(people: Sequence[str]) -> str:
    """Who can help, in a sentence."""
    if not people:
        return "Nobody else holds the role without a conflict; an administrator of the project grants it."
    return f"{listed(list(people))} can sign it."
