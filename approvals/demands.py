"""What a signature of a release asks of a person now: all components, or one in a running series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals import policy, series
from approvals.models import Release, SigningSeries
from registry.access import factors
from registry.access.factors import Factors
from registry.access.principals import Principal


@dataclass(frozen=True)
class Credentials:
    """What came in the sign request: what was typed, and what a passkey answered."""

    account: str = ""
    password: str = ""
    code: str = ""
    passkey: Mapping[str, Any] | None = None

    @property
    def has_factor(self) -> bool:
        """Whether something other than the password is there."""
        return bool(self.code) or self.passkey is not None


@dataclass(frozen=True)
class Demand:
    """Components of 21 CFR 11.200(a)(1) that a signature needs, and the series that lets one be enough."""

    second_factor: bool
    factors: Factors
    series: SigningSeries | None

    @property
    def components(self) -> tuple[str, ...]:
        """What has to be sent at least; `second_factor` is a code or a passkey."""
        if self.series is not None:
            return ("second_factor",) if self.second_factor else ("password",)
        return ("account", "password", "second_factor") if self.second_factor else ("account", "password")

    def missing(self, given: Credentials) -> tuple[str, ...]:
        """What was not sent of it."""
        sent = {
            "account": given.account,
            "password": given.password,
            "second_factor": given.has_factor,
        }
        return tuple(name for name in self.components if not sent[name])

    def begins_anew(self, given: Credentials) -> bool:
        """Whether all components were sent, series or not."""
        whole = Demand(self.second_factor, self.factors, None)
        return not whole.missing(given)


def demand(release: Release, principal: Principal) -> Demand:
    """What this person needs to sign this release now."""
    return demand_of(policy.asks_second_factor(release.policy, release.tier), principal)


def demand_of(second_factor: bool, principal: Principal) -> Demand:
    """What this person needs to sign now, with a second factor or without."""
    return Demand(
        second_factor=second_factor,
        factors=factors.held(principal.user),
        series=series.running(principal, with_factor=second_factor),
    )
