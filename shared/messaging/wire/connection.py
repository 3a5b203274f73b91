"""A connection that publishers and readers of events share the manners of: no message breaks it, one thread reads it.

py-amqp reads headers, keys and properties before anyone can look, and raises on what any publisher may write (an instant
in the year 300000, a table nested a thousand deep, a key that is no UTF-8). That would end the connection of every
consumer the message reaches, again and again. Here such a message arrives without what could not be read.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import amqp
import structlog
from amqp import spec
from amqp.exceptions import AMQPError, RecoverableConnectionError, UnexpectedFrame
from kombu import Connection
from kombu.exceptions import OperationalError
from kombu.transport import pyamqp

from shared.messaging.consuming.deliveries import raw_channel
from shared.messaging.wire.frames import EventMessage, Frames, published
from shared.messaging.wire.shared_socket import leave_tls_without_waiting, share_socket
from shared.messaging.wire.tls import without_options

log = structlog.get_logger(__name__)
LOST: tuple[type[Exception], ...] = (OSError, EOFError, AMQPError, OperationalError)
"""What a lost connection or a closed channel raises (EOFError: how eventlet tells that a socket was closed)."""
DRAIN_SECONDS = 0.25
WRITE_SECONDS = 30.0
ANSWER_SECONDS = 5.0
UNREADABLE_HEADER = "steward.unreadable"
CLOSE_ARGUMENTS = "BsBB"
METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
WITH_CONTENT = frozenset([spec.Basic.Return, spec.Basic.Deliver, spec.Basic.GetOk])
FIRST_ARGUMENT = 4
TAG_AND_FLAG_BYTES = 9


class TolerantMessage(amqp.Message):
    """A message that arrives even if its properties cannot be read; then it has none, and a header that says so."""

    def _load_properties(self, class_id: int, buf: bytes, offset: int) -> int:
        try:
            end: int = super()._load_properties(class_id, buf, offset)
        except Exception as error:  # whatever a stranger may write there, reading goes on
            self.properties = {"application_headers": {UNREADABLE_HEADER: type(error).__name__}}
            return len(buf)
        return end


class TolerantFrames:
    """Puts frames together to messages; given to py-amqp in the place of its own `frame_handler`."""

    def __init__(self, connection: Any, callback: Any) -> None:
        self._connection = connection
        self._callback = callback
        self._parts: dict[int, TolerantMessage] = {}

    def __call__(self, frame: tuple[int, int, bytes]) -> bool:
        """Takes a frame; True when it completed something and that was handed out."""
        kind, channel, content = frame
        self._connection.bytes_recv += 1
        if kind == HEARTBEAT:
            return False
        if (kind == METHOD) == (channel in self._parts):
            raise UnexpectedFrame(f"frame of type {kind} in the wrong place")
        return self._take_method(channel, content) if kind == METHOD else self._take_part(kind, channel, content)

    def _take_method(self, channel: int, content: bytes) -> bool:
        method = (int.from_bytes(content[0:2], "big"), int.from_bytes(content[2:4], "big"))
        if method in WITH_CONTENT:
            arguments = with_readable_names(content) if method == spec.Basic.Deliver else content
            self._parts[channel] = TolerantMessage(frame_method=method, frame_args=arguments)
            return False
        self._callback(channel, method, content, None)
        return True

    def _take_part(self, kind: int, channel: int, content: bytes) -> bool:
        message = self._parts[channel]
        if kind == HEADER:
            message.inbound_header(content)
        else:
            message.inbound_body(content)
        if not message.ready:
            return False
        del self._parts[channel]
        self._callback(channel, message.frame_method, message.frame_args, message)
        return True


def with_readable_names(arguments: bytes) -> bytes:
    """The arguments of a delivery (tag, number, flag, exchange, routing key) with names that are no UTF-8 as ASCII."""
    if arguments.isascii():
        return arguments
    exchange = FIRST_ARGUMENT + 1 + arguments[FIRST_ARGUMENT] + TAG_AND_FLAG_BYTES
    key = exchange + 1 + arguments[exchange]
    return b"".join(
        (
            arguments[: exchange + 1],
            _readable(arguments[exchange + 1 : key]),
            arguments[key : key + 1],
            _readable(arguments[key + 1 :]),
        )
    )


def _readable(name: bytes) -> bytes:
    try:
        name.decode()
    except UnicodeDecodeError:
        return bytes(byte if byte < 128 else ord("?") for byte in name)
    return name


class GatheredWrites:
    """Frames of many threads, sent together: a system call for each costs more than all else that is done for it."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._waiting: list[bytes] = []
        self._wanted = threading.Event()
        self._problem: Exception | None = None
        self._is_closed = False
        threading.Thread(target=self._run, name="wire-writes", daemon=True).start()

    def add(self, frame: bytes | memoryview) -> None:
        """Sends the frame soon, in order. Raises what an earlier send has met with."""
        if self._problem is not None:
            raise self._problem
        self._waiting.append(bytes(frame))
        self._wanted.set()

    def close(self) -> None:
        """Ends the sending thread, after what was added."""
        self._is_closed = True
        self._wanted.set()

    def _run(self) -> None:
        while not self._is_closed or self._waiting:
            self._wanted.wait()
            self._wanted.clear()
            frames, self._waiting = self._waiting, []
            if frames and not self._sent(frames):
                return

    def _sent(self, frames: list[bytes]) -> bool:
        try:
            self._write(b"".join(frames))
        except Exception as problem:  # whatever a dying socket raises; whoever writes next hears it
            self._problem = problem if isinstance(problem, LOST) else OSError("the connection can't be written to")
            return False
        return True


class TidyConnection(pyamqp.Connection):
    """Leaves no socket open when greeting the broker or saying goodbye fails, however it fails (py-amqp's own: OSError)."""

    def Transport(self, *arguments: Any, **options: Any) -> Any:  # noqa: N802  (py-amqp's name)
        transport = super().Transport(*arguments, **options)  # type: ignore[misc]  # theirs is not in the stubs
        leave_tls_without_waiting(transport)
        return transport

    def connect(self, callback: object = None) -> None:
        try:
            super().connect(callback)
        except BaseException:
            self.collect()
            raise

    def close(self, *reason: Any, **more: Any) -> None:
        try:
            super().close(*reason, **more)
        except BaseException:
            self.collect()
            raise


class _Plain(pyamqp.Transport):
    Connection = TidyConnection


class _Secure(pyamqp.SSLTransport):
    Connection = TidyConnection


TIDY = {"amqp": _Plain, "amqps": _Secure}


def broker_connection(broker_url: str, **options: Any) -> Connection:
    """A connection to be made, on which no message breaks the reading; `options` as kombu has them."""
    address, tls = without_options(broker_url)
    connection = Connection(address, **options if tls is None else {**options, "ssl": tls})
    connection.transport_cls = TIDY.get(str(connection.transport_cls), connection.transport_cls)
    return connection


def consume(channel: Any, queue: str, *, tag: str, callback: Callable[[Any], None]) -> None:
    """Begins to read a queue under a tag of ours. Raises one of `LOST`.

    py-amqp itself would know the callback only after it has read the broker's answer, and refuse the messages that it
    reads together with that.
    """
    if isinstance(channel, amqp.Channel):
        channel.callbacks[tag] = callback
    channel.basic_consume(queue, consumer_tag=tag, callback=callback)


class Link:
    """One connection with one channel. Any thread may write to it; `drain` and `hang_up` belong to one thread.

    `is_blocked` while the broker, short of memory or disk, has said that it reads nothing of what is published here.
    """

    def __init__(self, broker_url: str, *, heartbeat: float, connect_timeout: float) -> None:
        self.is_blocked = False
        self._connection = broker_connection(
            broker_url,
            heartbeat=heartbeat,
            connect_timeout=connect_timeout,
            transport_options={
                "frame_handler": TolerantFrames,
                "on_blocked": self._block,
                "on_unblocked": self._unblock,
            },
        )
        self._next_beat = 0.0
        self._writes: GatheredWrites | None = None
        self._amqp: Any = None
        self._writing: Any = None
        self._wait_at_most: Callable[[float], None] | None = None
        try:
            # kombu's own `connect` tries twice, two seconds apart, and nothing could end its wait.
            self._connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
            # Kept, since kombu's own `connection` would silently be another one after a loss.
            self._amqp = self._connection.connection
            self._gather(self._amqp)
            self.channel: Any = raw_channel(self._amqp)
        except BaseException:  # one who is being stopped leaves no socket open either
            self.hang_up()
            raise

    def message(self, body: bytes, **options: Any) -> Any:
        """A message for `send`; `options` as kombu has them."""
        own = {} if self._writes is None else {"_Message": EventMessage}
        return self.channel.prepare_message(body, **options, **own)

    def send(self, message: Any, *, exchange: str, routing_key: str) -> None:
        """Publish, mandatory, without reading anything (py-amqp's own `basic_publish` reads first). Raises one of `LOST`."""
        if self._writes is None:
            self.channel.basic_publish(message, exchange=exchange, routing_key=routing_key, mandatory=True)
            return
        if self.channel.connection is None:
            raise RecoverableConnectionError("the connection is closed already")
        number, largest = self.channel.channel_id, self._amqp.frame_max
        self._writes.add(
            published(message, channel=number, exchange=exchange, routing_key=routing_key, largest=largest)
        )
        self._amqp.bytes_sent += 1  # py-amqp knows by it that the connection is in use, and sends no heartbeat

    def drain(self) -> None:
        """Hand out what has come, or return after a moment without anything. Raises one of `LOST`."""
        with contextlib.suppress(TimeoutError):
            if self._wait_at_most:
                self._drain_frames()
            else:
                self._connection.transport.drain_events(self._amqp, timeout=DRAIN_SECONDS)
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + DRAIN_SECONDS
            self._connection.transport.heartbeat_check(self._amqp)

    @contextlib.contextmanager
    def patient(self) -> Iterator[None]:
        """Within it a call that waits for the broker's answer has time for it; a look for what has come does not."""
        if self._wait_at_most is None:
            yield
            return
        self._wait_at_most(ANSWER_SECONDS)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # closed meanwhile
                self._wait_at_most(DRAIN_SECONDS)

    def open_channel(self) -> Any:
        """A further channel, for whoever drains. Raises one of `LOST`."""
        return raw_channel(self._amqp)

    def leave_channel(self, channel: Any) -> None:
        """Close a further channel, without waiting: what still comes over it until then is handed out. Raises one of `LOST`."""
        channel.send_method(spec.Channel.Close, CLOSE_ARGUMENTS, (0, "", 0, 0))

    def _drain_frames(self) -> None:
        """Until a frame has completed something; py-amqp's own way leads through five layers."""
        read, take = self._amqp.transport.read_frame, self._amqp.on_inbound_frame
        while not take(read()):
            pass

    def hang_up(self) -> None:
        """Say goodbye and close; nobody else may be draining."""
        with contextlib.suppress(*LOST, AttributeError):  # py-amqp trips over a connection lost half-way
            self._connection.close()
        if self._amqp is not None:
            with contextlib.suppress(*LOST, ValueError):  # ValueError: py-amqp would take TLS off what has lost it
                self._amqp.collect()  # a failed goodbye leaves the socket open
        if self._writes is not None:
            self._writes.close()
        if self._writing is not None:
            self._writing.close()

    def _block(self, reason: str) -> None:
        self.is_blocked = True
        log.warning("broker.blocked", reason=reason)

    def _unblock(self) -> None:
        self.is_blocked = False
        log.warning("broker.unblocked")

    def _gather(self, connection: Any) -> None:
        """Makes py-amqp read all there is instead of a few bytes at a time, and write what has gathered."""
        self._wait_at_most = share_socket(connection, read_seconds=DRAIN_SECONDS, write_seconds=WRITE_SECONDS)
        if self._wait_at_most is None:
            return
        transport = connection.transport
        transport.read_frame = Frames(transport)
        is_tls = isinstance(transport.sock, ssl.SSLSocket)
        self._writes = GatheredWrites(transport._write if is_tls else self._own_socket(transport.sock).sendall)
        transport._write = self._writes.add

    def _own_socket(self, sock: Any) -> Any:
        """The same connection under a timeout of its own: writing may take longer than one look for what has come."""
        self._writing = sock.dup()
        self._writing.settimeout(WRITE_SECONDS)
        return self._writing
