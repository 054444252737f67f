"""A small real mail server (SMTP) that keeps what it is given, and can refuse or hang like real ones."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.message
import email.policy
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Delivered:
    """One message as it came over the wire: who it said it was from and for, and the message."""

    sender: str
    recipients: list[str]
    message: email.message.EmailMessage


@dataclass
class MailServer:
    """`answer` is what it says to RCPT: "" accepts; "451 later" and "550 unknown" refuse; "hang" is silent."""

    port: int = 0
    answer: str = ""
    delivered: list[Delivered] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def wait_for(self, count: int, *, seconds: float = 20.0) -> list[Delivered]:
        """What has been delivered once there are `count` messages. Fails when time is up."""
        until = time.monotonic() + seconds
        while len(self.delivered) < count:
            assert time.monotonic() < until, f"{len(self.delivered)} of {count} messages came in {seconds:g} s"
            time.sleep(0.02)
        return list(self.delivered)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from greeting to QUIT."""
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await _say(writer, "220 hissa.test ready")
            await self._listen(reader, writer)
        writer.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients = "", []
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                await _say(writer, "250-hissa.test\r\n250-8BITMIME\r\n250 SMTPUTF8")
            elif verb.startswith("MAIL FROM:"):
                sender, recipients = _address(line), []
                await _say(writer, "250 ok")
            elif verb.startswith("RCPT TO:"):
                if self.answer == "hang":
                    await asyncio.sleep(3600)
                if not self.answer:
                    recipients.append(_address(line))
                await _say(writer, self.answer or "250 ok")
            elif verb == "DATA":
                await _say(writer, "354 go on")
                self._keep(sender, recipients, await _body(reader))
                await _say(writer, "250 kept")
            elif verb == "QUIT":
                await _say(writer, "221 bye")
                return
            else:
                await _say(writer, "250 ok" if verb.startswith(("HELO", "RSET", "NOOP")) else "502 unknown here")

    def _keep(self, sender: str, recipients: list[str], body: bytes) -> None:
        message = email.message_from_bytes(body.replace(b"\r\n", b"\n"), policy=email.policy.default)
        assert isinstance(message, email.message.EmailMessage)
        self.delivered.append(Delivered(sender, recipients, message))


async def _say(writer: asyncio.StreamWriter, words: str) -> None:
    writer.write(f"{words}\r\n".encode())
    await writer.drain()


async def _body(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readline()) not in (b".\r\n", b""):
        lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    return b"".join(lines)


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.index(">")]


@contextlib.contextmanager
def running_mail_server(answer: str = "") -> Iterator[MailServer]:
    """Serve on a free port of this machine from a thread of its own."""
    server = MailServer(answer=answer)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    # The loop runs in that thread alone: this one may be inside the browser's.
    starting = asyncio.start_server(server.talk, "127.0.0.1", 0, limit=1 << 20)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result(5)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_close(listening), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _close(listening: asyncio.Server) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
