"""A line between a kiosk and its server that goes wrong as it is told, while both are running."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LENGTH = b"content-length:"
_LOST = (ConnectionError, OSError, asyncio.IncompleteReadError, asyncio.TimeoutError)


class Fault(Enum):
    """What the line does to a request and its answer."""

    NONE = "none"
    LATENCY = "latency"
    """Half a second each way."""
    HALF_OPEN = "half-open"
    """Takes the request, passes nothing on, never answers and never closes."""
    LOST_ANSWER = "lost answer"
    """The server has it all; the line ends before the first byte of its answer."""
    TRUNCATED = "truncated"
    """Half of the answer, then the end."""
    DOUBLED = "doubled"
    """The server gets the request twice, on two connections at once."""
    LATE = "late"
    """The line ends without an answer; the request reaches the server after its repetition has."""
    SLOW = "slow"
    """A byte at a time, both ways."""
    RESET = "reset"
    """The server has it all; the connection is reset."""
    CUT = "cut"
    """Nothing passes: every connection ends at once."""


class FaultProxy:
    """Listens at ``port``, passes on to ``upstream``. ``fault`` may be changed at any time, from any thread.

    ``met`` counts the requests that met each fault; `wait_for` waits for them.
    """

    def __init__(self, upstream: Callable[[], tuple[str, int]], *, host: str = "127.0.0.1") -> None:
        self.fault = Fault.NONE
        self.met: Counter[Fault] = Counter()
        self.byte_s = 0.001
        self._upstream = upstream
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._listening = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, host, 0, limit=2**20), self._loop
        ).result()
        self.port: int = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://{host}:{self.port}"

    def wait_for(self, fault: Fault, times: int = 1, patience_s: float = 60) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.met[fault] >= times, patience_s), f"nothing ever met {fault}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*_LOST):
            while True:
                request = await _message(reader)
                fault = self.fault
                goes_on = await _WAYS[fault](self, request, reader, writer)
                with self._news:
                    self.met[fault] += 1
                    self._news.notify_all()
                if not goes_on:
                    break
        writer.close()
        with suppress(*_LOST):
            await writer.wait_closed()

    async def _ask(self, request: bytes, byte_s: float | None = None) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream(), limit=2**23)
        try:
            await _write(writer, request, byte_s)
            return await _message(reader)
        finally:
            writer.close()

    async def _pass(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await _write(writer, await self._ask(request))
        return True

    async def _latency(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(0.5)
        answer = await self._ask(request)
        await asyncio.sleep(0.5)
        await _write(writer, answer)
        return True

    async def _half_open(self, _: bytes, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> bool:
        await reader.read()  # until the kiosk has had enough of it
        return False

    async def _lost_answer(self, request: bytes, _: asyncio.StreamReader, __: asyncio.StreamWriter) -> bool:
        await self._ask(request)
        return False

    async def _truncated(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        answer = await self._ask(request)
        await _write(writer, answer[: (answer.index(b"\r\n\r\n") + 4 + len(answer)) // 2])
        return False

    async def _doubled(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, _second = await asyncio.gather(self._ask(request), self._ask(request))
        await _write(writer, first)
        return True

    async def _late(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.close()
        await asyncio.sleep(2)
        await self._ask(request)
        return False

    async def _slow(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await _write(writer, await self._ask(request, 0.0), self.byte_s)
        return True

    async def _reset(self, request: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await self._ask(request)
        line: socket.socket = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    async def _cut(self, _: bytes, __: asyncio.StreamReader, ___: asyncio.StreamWriter) -> bool:
        return False


_WAYS: dict[Fault, Callable[[FaultProxy, bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]] = {
    Fault.NONE: FaultProxy._pass,
    Fault.LATENCY: FaultProxy._latency,
    Fault.HALF_OPEN: FaultProxy._half_open,
    Fault.LOST_ANSWER: FaultProxy._lost_answer,
    Fault.TRUNCATED: FaultProxy._truncated,
    Fault.DOUBLED: FaultProxy._doubled,
    Fault.LATE: FaultProxy._late,
    Fault.SLOW: FaultProxy._slow,
    Fault.RESET: FaultProxy._reset,
    Fault.CUT: FaultProxy._cut,
}


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request or answer, its head and its body; the connection's end raises."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)]
    return head + await reader.readexactly(int(lengths[0]) if lengths else 0)


async def _write(writer: asyncio.StreamWriter, data: bytes, byte_s: float | None = None) -> None:
    """At once, or a byte at a time with ``byte_s`` between two."""
    if byte_s is None:
        writer.write(data)
        await writer.drain()
        return
    line: socket.socket = writer.get_extra_info("socket")
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for n in range(len(data)):
        writer.write(data[n : n + 1])
        await writer.drain()
        await asyncio.sleep(byte_s)
