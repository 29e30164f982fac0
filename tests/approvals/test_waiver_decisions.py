"""Who decides on a waiver, and how: a signature on exactly the record that was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approvals import linking, waiver_decisions, waivers
from approvals.errors import (
    ChallengeSpent,
    CredentialsRefused,
    SessionRequired,
    SigningRefused,
    ViewChanged,
    WaiverRefused,
)
from approvals.gate import GateState
from approvals.models.waivers import WaiverVerdict
from approvals.waiver_requests import Target
from approvals.waiver_states import WaiverState, state_of
from evidence import clock
from evidence.models import LedgerEntry
from registry.access import people, tokens
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.errors import FieldsInvalid, PermissionMissing
from registry.models import ApiToken, User
from tests.releases import typed
from tests.waivers import REASON, asked, decided, gate_of, ruling, unwatched, waived
from tests.world import World


class TestWhoDecides:
    """Nobody who asked, whatever account or token they asked with."""

    @pytest.mark.parametrize(
        ("account", "role", "code"),
        [
            ("tobias", Role.COMPLIANCE_REVIEWER, "conflict_requester"),
            ("ines", Role.COMPLIANCE_REVIEWER, "conflict_uploader"),
            ("adam", Role.COMPLIANCE_REVIEWER, "conflict_admin"),
            ("sue", Role.COMPLIANCE_REVIEWER, "conflict_superuser"),
            ("maren", Role.COMPLIANCE_REVIEWER, "conflict_waiver_owner"),
        ],
    )
    def test_conflicts(self, world: World, account: str, role: Role, code: str) -> None:
        waiver = asked(world, unwatched(world), owner="maren")
        world.cast.give(account, role)
        with pytest.raises(SigningRefused) as refused:
            decided(world, waiver, by=account)
        assert refused.value.extra["reason_code"] == code

    @pytest.mark.parametrize("account", ["tobias", "maren", "pia", "audra"])
    def test_other_roles(self, world: World, account: str) -> None:
        with pytest.raises(PermissionMissing):
            decided(world, asked(world, unwatched(world)), by=account)

    def test_a_token_of_the_requester_is_the_requester(self, world: World) -> None:
        release = unwatched(world)
        world.cast.give("ruth", Role.MODEL_OWNER)
        token = ApiToken.objects.get(pk=_token(world, "ruth").token.pk)
        asker = Principal(user=world.cast["ruth"], token=token)
        waiver = asked(world, release, by=asker)
        with pytest.raises(SigningRefused) as refused:
            decided(world, waiver)
        assert refused.value.extra["reason_code"] == "conflict_requester"
        decided(world, waiver, by="gus")

    def test_a_service_account_is_who_answers_for_it(self, world: World) -> None:
        release = unwatched(world)
        account = people.make_service_account(
            project=world.project,
            account="ci-waivers",
            printed_name="CI",
            principal=world.cast.principal("ines"),
        )
        User.objects.filter(pk=account.pk).update(answerable=world.cast["ruth"])
        account.refresh_from_db()
        world.cast.people["ci-waivers"] = account
        world.cast.give("ci-waivers", Role.SUBMITTER)
        waiver = asked(world, release, by=Principal(user=account))
        with pytest.raises(SigningRefused) as refused:
            decided(world, waiver)
        assert refused.value.extra["reason_code"] == "conflict_requester"

    def test_no_token_signs(self, world: World) -> None:
        waiver = asked(world, unwatched(world))
        world.cast.give("ruth", Role.MODEL_OWNER)
        token = ApiToken.objects.get(pk=_token(world, "ruth").token.pk)
        with pytest.raises(SessionRequired):
            waiver_decisions.open_dialog(
                waiver, WaiverVerdict.APPROVE, principal=Principal(user=world.cast["ruth"], token=token)
            )
        wanted = ruling(world, waiver)
        with pytest.raises(SessionRequired):
            waiver_decisions.decide(
                waiver,
                wanted,
                typed=typed("ruth"),
                principal=Principal(user=world.cast["ruth"], token=token),
            )


class TestSigning:
    """A decision is a signature: fresh credentials, one challenge, exactly this record."""

    def test_a_challenge_is_good_once(self, world: World) -> None:
        waiver = asked(world, unwatched(world))
        wanted = ruling(world, waiver)
        ruth = world.cast.principal("ruth")
        waiver_decisions.decide(waiver, wanted, typed=typed("ruth"), principal=ruth)
        with pytest.raises(ChallengeSpent):
            waiver_decisions.decide(waiver, wanted, typed=typed("ruth"), principal=ruth)

    @pytest.mark.parametrize(
        "changes", [{"action": WaiverVerdict.REJECT}, {"record_digest": "sha256:" + "0" * 64}]
    )
    def test_a_challenge_is_good_for_what_was_shown(self, world: World, changes: dict[str, Any]) -> None:
        waiver = asked(world, unwatched(world))
        wanted = replace(ruling(world, waiver), **{"comment": REASON, **changes})
        with pytest.raises(ChallengeSpent):
            waiver_decisions.decide(
                waiver, wanted, typed=typed("ruth"), principal=world.cast.principal("ruth")
            )
        assert waivers.reread(waiver).decided is None

    def test_a_challenge_of_another_waiver_is_none(self, world: World) -> None:
        release = unwatched(world)
        linking.unlink(release.links.get(slot="rollback"), reason=REASON, principal=world.engineer)
        first, second = asked(world, release), asked(world, release, Target("GATE_ROLLBACK"))
        with pytest.raises(ViewChanged):
            waiver_decisions.decide(
                second, ruling(world, first), typed=typed("ruth"), principal=world.cast.principal("ruth")
            )

    def test_a_challenge_ends_after_two_minutes(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        waiver = asked(world, unwatched(world))
        wanted, later = ruling(world, waiver), clock.now() + timedelta(minutes=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        with pytest.raises(ChallengeSpent):
            waiver_decisions.decide(
                waiver, wanted, typed=typed("ruth"), principal=world.cast.principal("ruth")
            )

    def test_a_wrong_password_is_told(self, world: World) -> None:
        waiver = asked(world, unwatched(world))
        with pytest.raises(CredentialsRefused):
            waiver_decisions.decide(
                waiver,
                ruling(world, waiver),
                typed=typed("ruth", "wrong"),
                principal=world.cast.principal("ruth"),
            )
        assert LedgerEntry.objects.filter(kind="signature.refused").exists()

    def test_what_is_decided_is_not_decided_again(self, world: World) -> None:
        _, waiver = waived(world)
        with pytest.raises(WaiverRefused) as refused:
            decided(world, waivers.reread(waiver), by="gus")
        assert refused.value.extra["state"] == "active"

    def test_a_rejection_needs_a_reason_and_sets_nothing_aside(self, world: World) -> None:
        release = unwatched(world)
        waiver = asked(world, release)
        with pytest.raises(FieldsInvalid):
            decided(world, waiver, WaiverVerdict.REJECT, comment="No.")
        decided(world, waiver, WaiverVerdict.REJECT, comment="The measure cannot be checked by anybody.")
        assert state_of(waivers.reread(waiver), clock.now()) == WaiverState.REJECTED
        assert gate_of(release).state == GateState.FAIL
        assert asked(world, release).human_id.endswith("-W2")  # may be asked for again


def _token(world: World, account: str) -> tokens.Issued:
    return tokens.issue(
        project=world.project,
        user=world.cast[account],
        name="test",
        scopes=["waiver:request"],
        expires_at=clock.now() + timedelta(days=1),
        principal=world.cast.principal(account),
    )
