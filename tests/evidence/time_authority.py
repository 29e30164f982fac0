"""A time authority over HTTP on a free port, with pyHanko's real responder behind it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import tsp  # type: ignore[import-untyped]  # it ships no types

from evidence import timestamps


@dataclass(frozen=True)
class Page:
    """An answer that is more than a body; `pieces` are sent one by one, a pause before each."""

    status: int = 200
    pieces: tuple[bytes, ...] = ()
    pause: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


Reply = Callable[[bytes], bytes | Page]


@dataclass
class Server:
    """Where it answers and how often it was asked."""

    url: str
    host: str
    asked: int = 0


@contextmanager
def authority(reply: Reply) -> Iterator[Server]:
    """Answers each query with what `reply` gives for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.asked += 1
            answer = reply(self.rfile.read(int(self.headers["Content-Length"])))
            page = answer if isinstance(answer, Page) else Page(pieces=(answer,))
            self.send_response(page.status)
            self.send_header("Content-Length", str(sum(map(len, page.pieces))))
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in page.pieces:
                if ended.wait(page.pause):
                    return
                self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    ended = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = f"127.0.0.1:{server.server_port}"
        known = Server(f"http://{host}/tsa", host)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield known
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def local_reply(query: bytes) -> bytes:
    """A true answer."""
    return bytes(timestamps._ask_local(tsp.TimeStampReq.load(query)).dump())
