"""Policy versions made through the real steps: written by Ruth, published by Gus."""

from __future__ import annotations

from typing import Any, Final

from approvals import policy_drafts, policy_publication
from approvals.models import PolicyDraft, PolicyPublication
from approvals.policy_drafts import Edit
from approvals.policy_publication import Consent
from registry.access.roles import Role
from tests.codes import enrol
from tests.releases import typed
from tests.world import World

REASON: Final = "Two validators found more than one did in the last review."
STRICTER: Final[dict[str, dict[str, Any]]] = {"moderate": {"minimum_private_items": 150}}


def drafted(world: World, tiers: Any = STRICTER, *, by: str = "ruth") -> PolicyDraft:
    """An open draft."""
    draft = policy_drafts.begin(world.project, principal=world.cast.principal(by))
    return policy_drafts.change(draft, Edit(tiers), principal=world.cast.principal(by))


def proposed(world: World, tiers: Any = STRICTER, *, by: str = "ruth") -> PolicyDraft:
    """A proposal that Gus can publish."""
    world.cast.give("gus", Role.COMPLIANCE_REVIEWER)
    enrol(world.cast["gus"])
    return policy_drafts.propose(
        drafted(world, tiers, by=by), reason=REASON, principal=world.cast.principal(by)
    )


def consent(world: World, draft: PolicyDraft, *, by: str = "gus", comment: str = "") -> Consent:
    """What the dialog of this person sends."""
    challenge = policy_publication.open_dialog(draft, principal=world.cast.principal(by))
    return Consent(str(draft.proposal_id), str(challenge.pk), comment)


def published(world: World, draft: PolicyDraft, *, by: str = "gus", comment: str = "") -> PolicyPublication:
    """Signed by Gus or another."""
    given = consent(world, draft, by=by, comment=comment)
    return policy_publication.publish(draft, given, typed=typed(by), principal=world.cast.principal(by))
