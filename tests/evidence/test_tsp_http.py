"""An authority that fails is asked again for a while; one that answers is asked once."""

import socket
import threading
from collections.abc import Iterator

import pytest

from evidence import tsp_http
from evidence.errors import TimestampFailed
from tests.evidence.time_authority import Page, authority

QUICK = (0.01, 0.02, 0.03)


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsp_http, "PAUSES", QUICK)


def _answer_once(plain: socket.socket, words: bytes) -> threading.Thread:
    def answer() -> None:
        connection, _ = plain.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(words)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_server_that_recovers_gives_the_answer() -> None:
    states: Iterator[bytes | Page] = iter([Page(status=503), Page(status=500), b"token"])
    with authority(lambda _: next(states)) as server:
        assert tsp_http.ask(server.url, b"query") == b"token"
    assert server.asked == 3


def test_a_server_that_stays_down_is_given_up_and_named() -> None:
    with authority(lambda _: Page(status=503)) as server, pytest.raises(TimestampFailed) as failed:
        tsp_http.ask(server.url, b"query")
    assert server.asked == 4
    assert failed.value.detail == (
        f"The time authority {server.host} gave no usable answer: "
        "it answered with the HTTP status 503, 4 times."
    )
    assert failed.value.next_step == tsp_http.LATER_STEP


def test_a_closed_port_is_tried_again_and_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TimestampFailed, match=rf"127\.0\.0\.1:{port} .*refused.*4 times"):
        tsp_http.ask(f"http://127.0.0.1:{port}/", b"query")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_refusal_is_final(status: int) -> None:
    with authority(lambda _: Page(status=status)) as server, pytest.raises(TimestampFailed) as failed:
        tsp_http.ask(server.url, b"query")
    assert server.asked == 1
    assert f"HTTP status {status}" in failed.value.detail
    assert "TSA_URL" in str(failed.value.next_step)


def test_a_redirect_is_not_followed() -> None:
    with authority(lambda _: b"token of somebody else") as other:
        away = Page(status=307, headers={"Location": other.url})
        with authority(lambda _: away) as server, pytest.raises(TimestampFailed, match="redirects"):
            tsp_http.ask(server.url, b"query")
    assert (server.asked, other.asked) == (1, 0)


@pytest.mark.parametrize("pieces", [(b"late",), (b"by", b"te ", b"by ", b"by", b"te")])
def test_a_slow_answer_is_given_up(monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]) -> None:
    monkeypatch.setattr(tsp_http, "ATTEMPT_SECONDS", 0.1)
    slow = Page(pieces=pieces, pause=0.2 if len(pieces) == 1 else 0.06)
    with authority(lambda _: slow) as server, pytest.raises(TimestampFailed, match=r"timed out.*4 times"):
        tsp_http.ask(server.url, b"query")


def test_an_endless_answer_is_refused() -> None:
    with (
        authority(lambda _: bytes(tsp_http.LONGEST_ANSWER + 1)) as server,
        pytest.raises(TimestampFailed, match="more than 262144 bytes"),
    ):
        tsp_http.ask(server.url, b"query")


def test_what_is_no_http_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        plain.settimeout(5)
        port = plain.getsockname()[1]
        answered = _answer_once(plain, b"220 mail.example ESMTP\r\n")
        with pytest.raises(TimestampFailed, match="does not speak HTTP"):
            tsp_http.ask(f"http://127.0.0.1:{port}/", b"query")
        answered.join()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://tsa.example/", "tsa.example"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(TimestampFailed, match="neither http nor https"):
        tsp_http.ask(url, b"query")


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://tsa.example:port/"])
def test_an_address_that_cannot_be_read_is_an_error_and_no_crash(url: str) -> None:
    with pytest.raises(TimestampFailed, match="gave no usable answer"):
        tsp_http.ask(url, b"query")


def test_a_password_in_the_address_is_never_shown() -> None:
    with authority(lambda _: Page(status=401)) as server, pytest.raises(TimestampFailed) as failed:
        tsp_http.ask(server.url.replace("//", "//reader:secret@"), b"query")
    assert "secret" not in f"{failed.value.detail} {failed.value.next_step} {failed.value!r}"
