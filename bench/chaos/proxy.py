"""A proxy in front of the web process, which cuts connections as a bad network does."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from threading import Lock, Thread

# Closing sends a reset, and what is still on the way is dropped.
RESET = struct.pack("ii", 1, 0)
BLOCK = 65_536


class Proxy:
    """Passes bytes on between a browser and a port."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock, self._open = Lock(), set[socket.socket]()
        self.port: int = self._listener.getsockname()[1]
        self._refuses = False
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut all connections, and refuse new ones until they are restored."""
        self._refuses = True
        with self._lock:
            for connection in self._open:
                _reset(connection)
            self._open.clear()

    def restore(self) -> None:
        """Pass new connections on again."""
        self._refuses = False

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                Thread(target=self._connect, args=(browser,), daemon=True).start()

    def _connect(self, browser: socket.socket) -> None:
        try:
            web = socket.create_connection(("127.0.0.1", self._behind), timeout=10)
        except OSError:
            _reset(browser)
            return
        web.settimeout(None)
        with self._lock:
            if self._refuses:
                _reset(browser)
                _reset(web)
                return
            self._open |= {browser, web}
        for source, sink in ((browser, web), (web, browser)):
            Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(BLOCK):
                sink.sendall(block)
        with self._lock:
            for connection in {source, sink} & self._open:
                self._open.discard(connection)
                _reset(connection)


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
