"""HTTP on the loopback address: bounded requests in, the API, the till's pages or the controls out."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import re
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from . import api, checkout_page, controls, idempotency
from .errors import ApiError
from .world import World

log = logging.getLogger("stripe_sandbox")

LARGEST_BODY = 256 * 1024
LONGEST_ADDRESS = 16 * 1024
HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], world: World) -> None:
        self.world = world
        self.in_flight = idempotency.InFlight()
        super().__init__(address, Handler)

    def shutdown_request(self, request: Any) -> None:
        """Hang up, but hear the caller out first: closed on unread bytes, the line breaks before our answer is read."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(1)
            for _ in range(64):
                if not request.recv(65536):
                    break
        self.close_request(request)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "stripe-sandbox"
    sys_version = ""
    timeout = 60  # of a silent connection
    # One packet an answer: without these two, Nagle and delayed acknowledgement cost 40 ms a request.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._serve("GET")

    def do_HEAD(self) -> None:
        self._serve("HEAD")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        try:
            body = self._body() if method == "POST" else ""
            if body is None:
                return
            self._dispatch(method, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception:
            log.exception("%s %s", method, self.path.split("?")[0])
            self._json(500, {"error": {"message": "The sandbox itself failed.", "type": "api_error"}})

    def _body(self) -> str | None:
        """The request's body as text, or None when it was refused."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self._refused(411, "A Content-Length is required.")
            return None
        if int(length) > LARGEST_BODY:
            self._refused(413, f"Request bodies may be up to {LARGEST_BODY} bytes.")
            return None
        try:
            return self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            self._refused(400, "Invalid request: the body is not UTF-8.")
            return None

    def _refused(self, status: int, message: str) -> None:
        self.close_connection = True
        self._json(status, {"error": {"message": message, "type": "invalid_request_error"}})

    def _dispatch(self, method: str, body: str) -> None:
        if len(self.path) > LONGEST_ADDRESS:
            self._refused(414, "The address is too long.")
            return
        parts = urlsplit(self.path)
        reading = method in ("GET", "HEAD")
        if parts.path.startswith("/v1/"):
            self._api(method, parts.path, parts.query if reading else body)
        elif parts.path.startswith("/_sandbox/"):
            self._control("GET" if reading else method, parts.path.removeprefix("/_sandbox/"), body)
        else:
            page = checkout_page.serve(
                self.server.world, "GET" if reading else method, parts.path, parts.query, body, self._base_url()
            )
            self._send(page.status, page.body.encode(), page.headers)

    def _api(self, method: str, path: str, raw: str) -> None:
        call = api.Call(
            method=method,
            path=path,
            raw=raw,
            authorization=self.headers.get("Authorization", ""),
            idempotency_key=self.headers.get("Idempotency-Key"),
            base_url=self._base_url(),
            version=self.headers.get("Stripe-Version", "")[:40],
            account=self.headers.get("Stripe-Account", "")[:255],
        )
        answer = api.answer(self.server.world, self.server.in_flight, call)
        if math.isinf(answer.stall):
            self.close_connection = True
            return
        time.sleep(answer.stall)
        headers = {"Stripe-Version": call.version} | answer.headers
        self._send(answer.status, answer.body.encode(), {"Content-Type": "application/json"} | headers)

    def _control(self, method: str, name: str, raw: str) -> None:
        if name == "health":
            self._json(200, {"ok": True})
            return
        if name == "checkout.css":
            self._send(200, checkout_page.STYLE.encode(), {"Content-Type": "text/css; charset=utf-8"})
            return
        try:
            api.authorize(self.headers.get("Authorization", ""))
            self._json(200, controls.control(self.server.world, method, name, raw))
        except ApiError as e:
            self._json(e.status, {"error": e.error})

    def _base_url(self) -> str:
        """Where the caller found us: the till's address is built from it."""
        host = self.headers.get("Host", "")
        if not HOST.fullmatch(host):
            address, port = self.server.server_address[:2]
            host = f"{address!s}:{port}"
        return f"http://{host}"

    def _json(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body, indent=2).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value.replace("\r", "").replace("\n", ""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        log.info("%s %s", self.command, self.path.split("?")[0])
