"""The HTTP API of an installation, and nothing beside it: every request of the client is made here."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import quote, urlsplit

import httpx

from benchseal import __version__
from benchseal.connection import Connection

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]
Advance: TypeAlias = Callable[[int], None]

PREFIX: Final = "/api/v1"
KEYS_ADDRESS: Final = "/.well-known/benchseal-keys.json"
CHUNK: Final = 1024 * 1024
LONGEST_PAGE: Final = 200
TIMEOUT: Final = httpx.Timeout(30, read=300, write=300)


class NotReached(Exception):
    """The installation gave no answer that can be read; the text says what was tried."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field at fault: its JSON pointer (or parameter) and what it needs."""

    place: str
    detail: str


@dataclass(slots=True)
class Refused(Exception):
    """A problem document (RFC 9457): nothing was done, and this is why."""

    status: int
    code: str
    title: str
    detail: str
    next_step: str = ""
    request_id: str = ""
    fields: tuple[FieldFault, ...] = ()
    body: Object = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The refusal as lines for people: what, each field, the next step, the request id."""
        found = [f"{self.title} ({self.status} {self.code})", self.detail]
        found += [f"  {fault.place}: {fault.detail}" for fault in self.fields]
        found += [f"Next step: {self.next_step}"] if self.next_step else []
        return found + ([f"Request id: {self.request_id}"] if self.request_id else [])

    def __str__(self) -> str:
        return "\n".join(self.lines())


class Api:
    """One connection; answers are parsed JSON objects. Raises ``Refused`` and ``NotReached``.

    Redirects are not followed: the token is for one installation alone.
    """

    def __init__(self, connection: Connection, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=connection.url,
            headers={
                "Authorization": f"Bearer {connection.token}",
                "Accept": "application/json, application/problem+json",
                "User-Agent": f"benchseal/{__version__}",
            },
            timeout=TIMEOUT,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, *path: str, **query: str | int) -> Object:
        """The object at ``path``, whose parts are escaped."""
        return _object(self._send(self._http.build_request("GET", _address(path), params=query)))

    def text(self, *path: str) -> str:
        """The text at ``path``, as it came."""
        request = self._http.build_request("GET", _address(path), headers={"Accept": "text/plain"})
        return self._send(request).text

    def published_keys(self) -> bytes:
        """The list of keys as the installation publishes it now."""
        return self._send(self._http.build_request("GET", KEYS_ADDRESS)).content

    def post(self, *path: str, body: Object) -> Object:
        """Send an object once: a repeat after a broken connection changes nothing twice."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        request = self._http.build_request("POST", _address(path), json=body, headers=headers)
        return _object(self._send(request))

    def post_bytes(self, *path: str, body: bytes) -> Object:
        """Send JSON text exactly as it is."""
        headers = {"Content-Type": "application/json"}
        request = self._http.build_request("POST", _address(path), content=body, headers=headers)
        return _object(self._send(request))

    def rows(self, *path: str, most: int, **query: str) -> Iterator[Object]:
        """At most ``most`` items of a list, page by page, newest first."""
        answer = self.get(*path, limit=min(most, LONGEST_PAGE), **query)
        while True:
            items = answer.get("items")
            for item in items[:most] if isinstance(items, list) else []:
                if isinstance(item, dict):
                    most -= 1
                    yield item
            following = answer.get("next")
            if most <= 0 or not isinstance(following, str):
                return
            answer = _object(self._send(self._http.build_request("GET", self._same_host(following))))

    def has_artifact(self, project: str, digest: str) -> bool:
        """Whether the project has the file already."""
        request = self._http.build_request("HEAD", _address(("projects", project, "artifacts", digest)))
        response = self._answer(request)
        if response.status_code in (404, 422):
            return False
        _refuse(response)
        return True

    def put_artifact(self, project: str, digest: str, path: Path, media_type: str, advance: Advance) -> None:
        """Send a file in pieces of 1 MiB; ``advance`` gets the bytes sent."""
        headers = {"Content-Length": str(path.stat().st_size), "Content-Type": media_type}
        address = _address(("projects", project, "artifacts", digest))
        self._send(self._http.build_request("PUT", address, content=_pieces(path, advance), headers=headers))

    def download(self, *path: str, target: Path, advance: Callable[[int, int], None]) -> str:
        """Write the bytes at ``path`` to ``target``; returns the ETag without quotes, if any.

        ``advance`` gets the bytes that came and all there are (0 where unknown).
        """
        request = self._http.build_request("GET", _address(path), headers={"Accept": "*/*"})
        response = self._answer(request, stream=True)
        try:
            _refuse(response)
            total = int(response.headers.get("Content-Length", "0"))
            with target.open("wb") as sink:
                for piece in response.iter_bytes(CHUNK):
                    sink.write(piece)
                    advance(len(piece), total)
        except (httpx.HTTPError, ValueError) as fault:
            raise NotReached(f"The download broke off: {type(fault).__name__}. Start it again.") from fault
        finally:
            response.close()
        return str(response.headers.get("ETag", "")).strip('"')

    def _same_host(self, address: str) -> str:
        """A `next` link as path and query; what leads elsewhere would get the token."""
        parts = urlsplit(address)
        return f"{parts.path}?{parts.query}"

    def _send(self, request: httpx.Request) -> httpx.Response:
        response = self._answer(request)
        _refuse(response)
        return response

    def _answer(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        try:
            return self._http.send(request, stream=stream)
        except httpx.HTTPError as fault:
            where = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
            raise NotReached(
                f"{where} gave no answer ({type(fault).__name__}). Check BENCHSEAL_URL and the network."
            ) from fault


def _address(path: tuple[str, ...]) -> str:
    return "/".join([PREFIX, *(quote(part, safe=":") for part in path)])


def _pieces(path: Path, advance: Advance) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece
            advance(len(piece))


def _object(response: httpx.Response) -> Object:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise NotReached(f"{response.url} answered with something that is not the API. Check BENCHSEAL_URL.")
    return body


def _refuse(response: httpx.Response) -> None:
    if response.is_success:
        return
    response.read()
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    raise problem(response.status_code, body if isinstance(body, dict) else {})


def problem(status: int, body: Mapping[str, Json]) -> Refused:
    """What a problem document says; a body that is none gives the status alone."""
    errors = body.get("errors")
    faults = [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    return Refused(
        status=status,
        code=_text(body, "code") or "http_error",
        title=_text(body, "title") or "The installation refused",
        detail=_text(body, "detail") or f"It answered {status} and gave no reason.",
        next_step=_text(body, "next_step"),
        request_id=_text(body, "request_id"),
        fields=tuple(FieldFault(_place(fault), _text(fault, "detail")) for fault in faults),
        body=dict(body),
    )


def _place(fault: Mapping[str, Json]) -> str:
    for name in ("pointer", "parameter", "header"):
        if isinstance(fault.get(name), str):
            return str(fault[name]) or "the whole body"
    return "the whole body"


def _text(body: Mapping[str, Json], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""
