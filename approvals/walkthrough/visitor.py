"""One person in a session, or one pipeline with a token, and what they ask over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Final, Self

import httpx

from approvals.walkthrough.transcript import Transcript
from evidence.digests import sha256_bytes

PATIENCE: Final = 120.0
BETWEEN_POLLS: Final = 0.2
Fields = dict[str, str]
JSON_TYPES: Final = ("application/json", "application/problem+json")


class StepFailed(Exception):
    """An answer was not the expected one, or a check did not hold."""


class Visitor:
    """Sends requests in somebody's name and writes each one down."""

    def __init__(self, who: str, address: str, transcript: Transcript, *, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.who = who
        self._transcript = transcript
        self._client = httpx.Client(base_url=address, headers=headers, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def log_in(self, account: str, password: str) -> None:
        """The login form, with its protection against forged requests."""
        self.fill_in("/accounts/login/", {"login": account, "password": password})
        if "sessionid" not in self._client.cookies:
            raise StepFailed(f"{account} was not logged in")

    def fill_in(self, path: str, fields: Fields | Callable[[str], Fields]) -> None:
        """Open the form of a page and post it; an accepted form leads elsewhere (302)."""
        page = self._ask("GET", path, expect=(200,)).text
        fields = fields if isinstance(fields, dict) else fields(page)
        token = self._client.cookies["csrftoken"]
        self._transcript.secrets.add(token)
        self._ask("POST", path, expect=(302,), data={**fields, "csrfmiddlewaretoken": token})

    def get(self, path: str) -> dict[str, Any]:
        """A JSON answer."""
        return self._json(self._ask("GET", path, expect=(200,)))

    def post(self, path: str, body: dict[str, Any], *, expect: int = 201) -> dict[str, Any]:
        """A JSON answer to a JSON body."""
        return self._json(self._ask("POST", path, expect=(expect,), json=body))

    def put(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """Send bytes."""
        response = self._ask(
            "PUT", path, expect=(200, 201), content=body, headers={"Content-Type": media_type}
        )
        return self._json(response)

    def read(self, path: str) -> str:
        """The text of an answer."""
        return self._ask("GET", path, expect=(200,)).text

    def download(self, path: str) -> bytes:
        """The bytes of an answer."""
        return self._ask("GET", path, expect=(200,)).content

    def poll(self, path: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask again until the answer is the one waited for."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = self.get(path)
            if until(answer):
                return answer
            time.sleep(BETWEEN_POLLS)
        raise StepFailed(f"{path} was not decided within {PATIENCE:.0f} s")

    def _ask(self, method: str, path: str, *, expect: tuple[int, ...], **sent: Any) -> httpx.Response:
        headers = dict(sent.pop("headers", {}))
        if token := self._client.cookies.get("csrftoken"):
            headers["X-CSRFToken"] = token
        response = self._client.request(method, path, headers=headers, **sent)
        answer = _summary(response)
        self._learn(answer)
        self._transcript.add(self.who, method, path, response.status_code, _sent(sent), answer)
        if response.status_code not in expect:
            said = self._transcript.hide(json.dumps(answer))
            raise StepFailed(f"{self.who}: {method} {path} answered {response.status_code}: {said}")
        return response

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        found: dict[str, Any] = response.json()
        return found

    def _learn(self, answer: Any) -> None:
        # An invitation's secret and a token's text are answered once: masked from here on.
        shown = [answer.get(name) for name in ("secret", "text")] if isinstance(answer, dict) else []
        self._transcript.secrets |= {one for one in shown if isinstance(one, str)}


def _sent(sent: dict[str, Any]) -> Any:
    if "content" in sent:
        return _bytes(sent["content"])
    return sent.get("json") or sent.get("data")


def _summary(response: httpx.Response) -> Any:
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    if media_type in JSON_TYPES:
        return response.json()
    if response.has_redirect_location:
        return {"location": response.headers["Location"]}
    if media_type == "text/plain":
        return response.text
    return {"media_type": media_type, **_bytes(response.content)}


def _bytes(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "digest": sha256_bytes(content)}
