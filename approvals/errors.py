"""Facts that stop a decision; each has a code that clients may rely on."""

from evidence.errors import BenchsealError


class TransitionRefused(BenchsealError):
    """The release is in a state from which this action does not exist."""

    code = "transition_refused"
    status = 409
    title = "Not possible in this state"


class GatesFail(BenchsealError):
    """A gate that blocks this transition does not pass; `gates` lists each with its next step."""

    code = "gates_fail"
    status = 409
    title = "A gate does not pass"


class ViewChanged(BenchsealError):
    """What was shown is no longer what would be signed; `diff` says what changed."""

    code = "view_changed"
    status = 409
    title = "The evidence changed while you read"


class SigningRefused(BenchsealError):
    """The person may not sign this stage now; `reason_code` says which rule stands against it."""

    code = "signing_refused"
    status = 403
    title = "You may not sign this stage"


class StageClosed(BenchsealError):
    """The stage is not open, or this person signed it already."""

    code = "stage_closed"
    status = 409
    title = "The stage is not open"


class CredentialsRefused(BenchsealError):
    """Account name, password, code or passkey in the sign request are wrong; the failure is recorded."""

    code = "credentials_refused"
    status = 403
    title = "The credentials were not accepted"


class CredentialsIncomplete(BenchsealError):
    """A component that this signature needs was not sent; nothing was tried, `missing` names them."""

    code = "credentials_incomplete"
    status = 403
    title = "A part of the credentials is missing"


class SigningLocked(BenchsealError):
    """Too many failed attempts; signing opens again at the time named."""

    code = "signing_locked"
    status = 403
    title = "Signing is locked for this account"


class ChallengeSpent(BenchsealError):
    """The challenge of the sign dialog is unknown, used or older than two minutes."""

    code = "challenge_spent"
    status = 409
    title = "The sign dialog is out of date"


class SessionRequired(BenchsealError):
    """A signing endpoint was called with a token: only a person in a session signs."""

    code = "session_required"
    status = 403
    title = "A person signs, never a token"


class TierFixed(BenchsealError):
    """The tier of a decided release does not change, nor is it set to what it is."""

    code = "tier_fixed"
    status = 409
    title = "The tier does not change"


class EmergencyInvalid(BenchsealError):
    """An emergency names its incident and ends within the hours of the policy."""

    code = "emergency_invalid"
    status = 422
    title = "The emergency cannot be declared"


class GateNotWaivable(BenchsealError):
    """The gate can never be set aside, or the policy does not list it for this tier."""

    code = "gate_not_waivable"
    status = 422
    title = "This gate cannot be waived"


class WaiverInvalid(BenchsealError):
    """What was asked for cannot be a waiver; `pointer` names the member."""

    code = "waiver_invalid"
    status = 422
    title = "The waiver cannot be asked for"


class WaiverNotNeeded(BenchsealError):
    """The gate does not fail, or a waiver for it stands or waits already."""

    code = "waiver_not_needed"
    status = 409
    title = "No waiver is needed"


class WaiverRefused(BenchsealError):
    """The waiver is in a state in which this cannot be done."""

    code = "waiver_refused"
    status = 409
    title = "Not possible for this waiver"


class RenewalsSpent(BenchsealError):
    """A waiver is renewed twice at most."""

    code = "renewals_spent"
    status = 409
    title = "The waiver was renewed twice"


class WaiverBudgetSpent(BenchsealError):
    """As many waivers are in force in the project as its policy allows."""

    code = "waiver_budget_spent"
    status = 409
    title = "The budget of waivers is spent"


class PolicyBelowFloor(BenchsealError):
    """The draft asks for less than the shipped policy, or is none; `violations` names each place."""

    code = "policy_below_floor"
    status = 422
    title = "The policy cannot say this"


class PolicyDraftClosed(BenchsealError):
    """The draft is in a state in which this cannot be done."""

    code = "policy_draft_closed"
    status = 409
    title = "Not possible for this draft"


class PolicyOutdated(BenchsealError):
    """Another version came into force since the draft was begun; `changes` says what changed."""

    code = "policy_outdated"
    status = 409
    title = "The policy changed since the draft was begun"


class PolicyUnchanged(BenchsealError):
    """The draft says what the policy in force says."""

    code = "policy_unchanged"
    status = 409
    title = "Nothing is changed"


class EvidenceFrozen(BenchsealError):
    """Links change only in a draft or after changes were requested."""

    code = "evidence_frozen"
    status = 409
    title = "The evidence of this revision is frozen"


class LinkInvalid(BenchsealError):
    """What is linked does not fit the release."""

    code = "link_invalid"
    status = 422
    title = "This cannot be linked"


class PackNotIssued(BenchsealError):
    """The pack was asked for and has no bytes yet, or its job failed."""

    code = "pack_not_issued"
    status = 409
    title = "The pack is not issued"


class DelegationInvalid(BenchsealError):
    """A stage cannot be delegated like this; `reason_code` says which rule stands against it."""

    code = "delegation_invalid"
    status = 422
    title = "The stage cannot be delegated like this"


class DelegationClosed(BenchsealError):
    """The delegation was accepted, ended or is over; `reason_code` says which."""

    code = "delegation_closed"
    status = 409
    title = "The delegation is not open to this"


class DelegationNotYours(BenchsealError):
    """Only the persons of a delegation answer or end it, and an administrator of the project."""

    code = "delegation_not_yours"
    status = 403
    title = "The delegation is between other people"


class ConditionInvalid(BenchsealError):
    """A condition that a signature cannot set; `pointer` says which part of it."""

    code = "condition_invalid"
    status = 422
    title = "The condition cannot be set"


class ConditionSettled(BenchsealError):
    """The condition was settled before, or fell with its signature."""

    code = "condition_settled"
    status = 409
    title = "Nothing is to be settled"


class ConditionsOverdue(BenchsealError):
    """A condition of the approval is overdue; `conditions` names each."""

    code = "conditions_overdue"
    status = 409
    title = "A condition is overdue"


class ChallengeRefused(BenchsealError):
    """The question is closed, or nothing of the release is in review; `reason_code` says which."""

    code = "challenge_refused"
    status = 409
    title = "Not possible for this question"


class ChallengeNotYours(BenchsealError):
    """Nobody answers a question of their own, nor closes one they answered; `reason_code` says which."""

    code = "challenge_not_yours"
    status = 403
    title = "Somebody else does this"


class ChallengeInvalid(BenchsealError):
    """What the question is about, or the evidence of an answer, is no part of the release; `pointer`."""

    code = "challenge_invalid"
    status = 422
    title = "The release has no such part"
