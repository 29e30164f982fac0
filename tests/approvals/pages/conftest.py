"""People in sessions, who read pages and send their forms."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from approvals.models import Release
from tests.cast import PASSWORD
from tests.codes import code_of
from tests.world import World

SIGNERS = {"1": "ines", "2": "tobias", "3": "maren", "4b": "olu", "5": "ruth", "6": "pia"}
"""Stages of a moderate release, and who signs them."""


@dataclass
class Seen:
    """A page as a reader gets it."""

    status: int
    html: str
    url: str
    context: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The words of the page, without tags."""
        plain = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", self.html, flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", plain))).strip()

    def hidden(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', self.html)
        assert found, f"no hidden field {name}"
        return html.unescape(found[1])

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        links = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', self.html, flags=re.DOTALL)
        found = [url for url, inner in links if words in re.sub(r"<[^>]+>", "", inner)]
        assert found, f"no link {words}"
        return html.unescape(found[0])


@dataclass
class Hall:
    """Everybody's browser."""

    world: World
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, account: str) -> Client:
        """The person's session."""
        if account not in self.clients:
            self.clients[account] = Client()
            self.clients[account].force_login(
                self.world.cast[account], backend="django.contrib.auth.backends.ModelBackend"
            )
        return self.clients[account]

    def get(self, account: str, url: str, *, follow: bool = False) -> Seen:
        """Read a page."""
        return _seen(self.client(account).get(url, follow=follow))

    def post(self, account: str, url: str, data: Mapping[str, Any] | None = None) -> Seen:
        """Send a form, and read where it leads."""
        return _seen(self.client(account).post(url, data or {}, follow=True))

    def open_sign(self, account: str, release: Release, button: str) -> Seen:
        """From the release's page to the step before the signature."""
        page = self.get(account, f"/releases/{release.human_id}/")
        return self.get(account, page.link(button))

    def sign(self, by: str, release: Release, code: str, **changes: Any) -> Seen:
        """Read, open the step, sign."""
        button = "Sign stage 6 and release" if code == "6" else f"Sign stage {code}"
        return self.send(by, self.open_sign(by, release, button), **changes)

    def send(self, by: str, step: Seen, **changes: Any) -> Seen:
        """Send the form of an opened step."""
        assert step.status == 200, step.text
        return self.post(by, step.url.partition("?")[0], self.filled(by, step, **changes))

    def filled(self, by: str, step: Seen, **changes: Any) -> dict[str, Any]:
        """The fields of an opened step, filled in."""
        given = {name: step.hidden(name) for name in ("view", "revision", "challenge")}
        typed = {"account": by, "password": PASSWORD, "code": code_of(self.world.cast[by])}
        asked = {name: value for name, value in typed.items() if f'name="{name}"' in step.html}
        return {**given, **asked, "comment": "", **changes}


@pytest.fixture
def hall(world: World) -> Hall:
    return Hall(world)


def _seen(response: Any) -> Seen:
    return Seen(
        status=response.status_code,
        html=response.content.decode(),
        url=response.request["PATH_INFO"],
        context=response.context or {},
    )


Reread = Callable[[Release], Release]
