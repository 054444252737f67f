"""The network between a phone and the house: a TCP relay on the loopback address that can be cut and mended."""

from __future__ import annotations

import contextlib
import socket
import threading


class Cable:
    """Leads to `port`. Cut, every connection breaks at once and none is made."""

    def __init__(self, port: int) -> None:
        self.to = ("127.0.0.1", port)
        self.is_cut = False
        self.open: set[socket.socket] = set()
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://localhost:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for end in list(self.open):
            _shut(end)

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        _shut(self.listening)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self.listening.accept()
                if self.is_cut:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(self.to)
                except OSError:
                    near.close()
                    continue
                self.open |= {near, far}
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, giver: socket.socket, taker: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := giver.recv(65536):
                taker.sendall(data)
        for end in (giver, taker):
            _shut(end)
            self.open.discard(end)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
