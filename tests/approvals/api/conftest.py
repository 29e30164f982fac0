"""A release on its way through HTTP: people in sessions, who read, open dialogs and sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from registry.access import grants
from registry.access.roles import Role
from registry.models import User
from tests.cast import PASSWORD, Cast
from tests.registry.api.conftest import problem
from tests.world import World, admit_run

ANSWERS = {
    "reach": "customers",
    "domain": "none",
    "personal_data": False,
    "external_vendor": False,
    "cost_driven": False,
}
MODERATE = {"1": "ines", "2": "tobias", "3": "maren", "4b": "olu", "5": "ruth"}
"""Stages of a moderate release before the release manager's, and who signs them."""
REASON = "The evidence does not cover handwritten notes."
BASE = "/api/v1/projects/HARBOR"


@dataclass
class Desk:
    """People in sessions at one release."""

    world: World
    release: str = ""
    clients: dict[str, Client] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Sessions are opened anew where the desk is put back."""
        return {**self.__dict__, "clients": {}}

    @property
    def cast(self) -> Cast:
        """The people."""
        return self.world.cast

    @property
    def address(self) -> str:
        """Where the release is."""
        return f"{BASE}/releases/{self.release}"

    def client(self, account: str) -> Client:
        """The person's session."""
        if account not in self.clients:
            self.clients[account] = Client()
            self.clients[account].force_login(
                self.cast[account], backend="django.contrib.auth.backends.ModelBackend"
            )
        return self.clients[account]

    def get(self, account: str, path: str = "", **query: Any) -> Any:
        """Read something of the release."""
        return self.client(account).get(self.address + path, query)

    def post(self, account: str, path: str, body: Any = None) -> Any:
        """Send something to the release."""
        return self.client(account).post(self.address + path, body or {}, content_type="application/json")

    def dialog(self, account: str, stage: str, action: str = "") -> dict[str, Any]:
        """Open a sign dialog; the members of a sign request."""
        response = self.post(account, f"/stages/{stage}/view", {"action": action} if action else {})
        assert response.status_code == 200, response.content
        shown = response.json()
        return {
            "view_digest": shown["digest"],
            "challenge": shown["challenge"]["id"],
            "account": account,
            "password": PASSWORD,
        }

    def sign(self, account: str, stage: str) -> Any:
        """Read, open the dialog, sign."""
        return self.post(account, f"/stages/{stage}/signatures", self.dialog(account, stage))

    def signed(self, *stages: str) -> None:
        """Sign these stages by the people who hold them."""
        for stage in stages:
            response = self.sign(MODERATE[stage], stage)
            assert response.status_code == 201, response.content


@pytest.fixture
def with_token(cast: Cast) -> Callable[..., APIClient]:
    """A client with a token of a person."""

    def make(account: str, *scopes: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {cast.token(account, *scopes)}")
        return client

    return make


@pytest.fixture
def desk(world: World) -> Desk:
    """A draft with a deployment and nothing linked."""
    return world.reached("desk", lambda: _drafted(world))


def _drafted(world: World) -> Desk:
    desk = Desk(world)
    made = desk.client("ines").post(
        f"{BASE}/deployments",
        {"name": "claims-assistant", "environment": "production"},
        content_type="application/json",
    )
    assert made.status_code == 201, made.content
    desk.release = opened(desk)
    return desk


@pytest.fixture
def linked(desk: Desk) -> Desk:
    """The draft with one private run, a way back and a signal."""
    return desk.world.reached("linked", lambda: _linked(desk), given=desk.release)


def _linked(desk: Desk) -> Desk:
    run = admit_run(desk.world)
    for body in (
        {"slot": "private_evaluation", "run": run.human_id},
        {"slot": "rollback", "rollback": desk.world.rollback.name},
        {"slot": "monitoring", "signal": str(desk.world.signal.pk)},
    ):
        response = desk.post("ines", "/links", body)
        assert response.status_code == 201, response.content
    return desk


@pytest.fixture
def submitted(linked: Desk) -> Desk:
    """The first revision, frozen."""
    return linked.world.reached("submitted", lambda: _submitted(linked), given=linked.release)


def _submitted(linked: Desk) -> Desk:
    response = linked.post("ines", "/submit")
    assert response.status_code == 200, response.content
    return linked


@pytest.fixture
def approved(submitted: Desk) -> Desk:
    """All stages signed but the release manager's."""
    return submitted.world.reached("approved", lambda: _approved(submitted), given=submitted.release)


def _approved(submitted: Desk) -> Desk:
    submitted.signed(*MODERATE)
    return submitted


def opened(desk: Desk, **changes: Any) -> str:
    """A draft; its human id."""
    body = {
        "deployment": "claims-assistant/production",
        "model_version": "Argo-L/2026-03",
        "title": "Argo-L for claims",
        "intended_use": "Summarise claims for adjusters.",
        "owner": "tobias",
        "criteria": "Claims acceptance",
        "tier_answers": ANSWERS,
        **changes,
    }
    made = desk.client("ines").post(f"{BASE}/releases", body, content_type="application/json")
    assert made.status_code == 201, made.content
    human_id: str = made.json()["human_id"]
    return human_id


def give(desk: Desk, user: User, role: Role, **changes: Any) -> None:
    """A grant written without asking who may."""
    grants.write(
        project=desk.world.project,
        user=user,
        role=role,
        reason="Given by a test",
        granted_by=desk.cast.principal("mallory"),
        **changes,
    )


__all__ = ["Desk", "give", "opened", "problem"]
