"""The transition table of a release as data: a pair that is not in it does not exist (409)."""

from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices

from approvals.errors import TransitionRefused


class State(TextChoices):
    """States of a release."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    APPROVED = "approved", "Approved"
    APPROVED_CONDITIONAL = "approved_conditional", "Approved with conditions"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    RELEASED = "released", "Released"
    EMERGENCY_RELEASED = "emergency_released", "Released in an emergency"
    SUSPENDED = "suspended", "Suspended"
    ROLLED_BACK = "rolled_back", "Rolled back"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"
    RETIRED = "retired", "Retired"


class Action(TextChoices):
    """What happens to a release; the codes T1 to T18 are those of docs/workflow.md."""

    SUBMIT = "submit", "Submit"
    ATTEST = "attest", "Sign the submitter's attestation"
    SIGN = "sign", "Sign a stage"
    DECLINE = "decline", "Decline a stage"
    REQUEST_CHANGES = "request_changes", "Request changes"
    RESUBMIT = "resubmit", "Resubmit"
    REJECT = "reject", "Reject"
    WITHDRAW = "withdraw", "Withdraw"
    APPROVE = "approve", "Approve"
    APPROVE_CONDITIONALLY = "approve_conditionally", "Approve with conditions"
    RELEASE = "release", "Release"
    REOPEN = "reopen", "Reopen after a change of evidence"
    SUSPEND_ON_EVIDENCE = "suspend_on_evidence", "Suspend after a change of evidence"
    REVIEW_AGAIN = "review_again", "Review again after a change of evidence"
    SUSPEND = "suspend", "Suspend"
    PROPOSE_REINSTATEMENT = "propose_reinstatement", "Propose reinstatement"
    REINSTATE = "reinstate", "Reinstate"
    ROLL_BACK = "roll_back", "Roll back"
    TAKE_OVER = "take_over", "Become live again after a rollback"
    DECLARE_EMERGENCY = "declare_emergency", "Declare an emergency"
    RELEASE_IN_EMERGENCY = "release_in_emergency", "Release in an emergency"
    BEGIN_AFTERWARDS = "begin_afterwards", "Begin the review after the fact"
    REVIEW_AFTERWARDS = "review_afterwards", "Review after the fact"
    EMERGENCY_OVERDUE = "emergency_overdue", "Suspend after an emergency ran out"
    EXPIRE = "expire", "Expire"
    REVIEW_OVERDUE = "review_overdue", "Suspend after a missed review"
    SUPERSEDE = "supersede", "Supersede"
    RETIRE = "retire", "Retire"


LIVE: Final = frozenset({State.RELEASED, State.EMERGENCY_RELEASED, State.SUSPENDED})
"""At most one release of a deployment is in one of these."""

EDITABLE: Final = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
"""States in which words and links of a release change."""

SIGNED_STATES: Final = frozenset(
    {State.SUBMITTED, State.IN_REVIEW, State.APPROVED, State.APPROVED_CONDITIONAL}
)
"""States before release in which signatures are standing."""


@dataclass(frozen=True)
class Transition:
    """One row of the table: code, the state it leads to."""

    code: str
    to: State


def _rows(
    code: str, action: Action, sources: tuple[State, ...], to: State | None
) -> dict[tuple[State, Action], Transition]:
    return {(source, action): Transition(code, to or source) for source in sources}


S, A = State, Action
_BEFORE_RELEASE = (S.APPROVED, S.APPROVED_CONDITIONAL)

TRANSITIONS: Final[dict[tuple[State, Action], Transition]] = {
    **_rows("T1", A.SUBMIT, (S.DRAFT,), S.SUBMITTED),
    **_rows("T1", A.ATTEST, (S.SUBMITTED,), S.IN_REVIEW),
    **_rows("T2", A.SIGN, (S.IN_REVIEW, S.EMERGENCY_RELEASED, S.SUSPENDED), None),
    **_rows("T2", A.DECLINE, (S.IN_REVIEW, S.EMERGENCY_RELEASED, S.SUSPENDED), None),
    **_rows("T3", A.REQUEST_CHANGES, (S.SUBMITTED, S.IN_REVIEW), S.CHANGES_REQUESTED),
    **_rows("T4", A.RESUBMIT, (S.CHANGES_REQUESTED,), S.SUBMITTED),
    **_rows("T5", A.REJECT, (S.IN_REVIEW,), S.REJECTED),
    **_rows(
        "T6",
        A.WITHDRAW,
        (S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.CHANGES_REQUESTED, *_BEFORE_RELEASE),
        S.WITHDRAWN,
    ),
    **_rows("T7", A.APPROVE, (S.IN_REVIEW,), S.APPROVED),
    **_rows("T8", A.APPROVE_CONDITIONALLY, (S.IN_REVIEW,), S.APPROVED_CONDITIONAL),
    **_rows("T9", A.RELEASE, _BEFORE_RELEASE, S.RELEASED),
    **_rows("T9", A.SUPERSEDE, (S.RELEASED, S.EMERGENCY_RELEASED, S.SUSPENDED), S.SUPERSEDED),
    **_rows("T10", A.REOPEN, (S.SUBMITTED, S.IN_REVIEW, *_BEFORE_RELEASE), S.IN_REVIEW),
    **_rows("T10", A.SUSPEND_ON_EVIDENCE, (S.RELEASED, S.EMERGENCY_RELEASED), S.SUSPENDED),
    **_rows("T10", A.REVIEW_AGAIN, (S.RELEASED, S.EMERGENCY_RELEASED), None),
    **_rows("T11", A.SUSPEND, (S.RELEASED, S.EMERGENCY_RELEASED), S.SUSPENDED),
    **_rows("T12", A.PROPOSE_REINSTATEMENT, (S.SUSPENDED,), None),
    **_rows("T12", A.REINSTATE, (S.SUSPENDED,), S.RELEASED),
    **_rows("T13", A.ROLL_BACK, (S.RELEASED, S.SUSPENDED, S.EMERGENCY_RELEASED), S.ROLLED_BACK),
    **_rows("T13", A.TAKE_OVER, (S.SUPERSEDED,), S.RELEASED),
    **_rows("T14", A.DECLARE_EMERGENCY, (S.DRAFT, S.SUBMITTED, S.IN_REVIEW), S.IN_REVIEW),
    **_rows("T14", A.RELEASE_IN_EMERGENCY, (S.IN_REVIEW,), S.EMERGENCY_RELEASED),
    **_rows("T15", A.BEGIN_AFTERWARDS, (S.EMERGENCY_RELEASED, S.SUSPENDED), None),
    **_rows("T15", A.REVIEW_AFTERWARDS, (S.EMERGENCY_RELEASED, S.SUSPENDED), S.RELEASED),
    **_rows("T15", A.EMERGENCY_OVERDUE, (S.EMERGENCY_RELEASED,), S.SUSPENDED),
    **_rows("T16", A.EXPIRE, _BEFORE_RELEASE, S.EXPIRED),
    **_rows("T17", A.REVIEW_OVERDUE, (S.RELEASED,), S.SUSPENDED),
    **_rows("T18", A.RETIRE, (S.RELEASED, S.SUSPENDED, S.SUPERSEDED, S.ROLLED_BACK, S.EXPIRED), S.RETIRED),
}


def after(state: str, action: Action) -> State:
    """The state an action leads to; `TransitionRefused` (409) names the current state otherwise."""
    row = TRANSITIONS.get((State(state), action))
    if row is None:
        raise TransitionRefused(
            f"{action.label} is not possible: the release is {State(state).label.lower()}",
            state=state,
            allowed=[a.value for a in allowed(state)],
        )
    return row.to


def allowed(state: str) -> tuple[Action, ...]:
    """Actions the table knows from a state."""
    return tuple(action for (source, action) in TRANSITIONS if source == state)
