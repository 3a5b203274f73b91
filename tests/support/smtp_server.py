"""A mail server for tests: takes emails on this machine's loopback and answers each step as a test wants."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType
from typing import Any, Self


class SmtpServer:
    """Runs while it is entered. `answers` maps a verb (RCPT, DATA, END for the end of the data) to the reply it gets
    instead of success; `silent` takes connections and says nothing."""

    def __init__(self, *, answers: Mapping[str, str] | None = None, silent: bool = False) -> None:
        self.answers = dict(answers or {})
        self.silent = silent
        self.emails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.told = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    told: SmtpServer


class _Conversation(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        if self.server.told.silent:
            self.rfile.readline()
            return
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line.split(None, 1)[0].decode("ascii", "replace").upper() if line.strip() else ""
            if not self._answer(verb, line):
                return

    def _answer(self, verb: str, line: bytes) -> bool:
        told: SmtpServer = self.server.told
        if verb in told.answers:
            self._say(told.answers[verb])
        elif verb == "DATA":
            self._take_email()
        else:
            if verb == "RCPT":
                told.recipients.append(line.decode().partition(":")[2].strip())
            self._say("221 bye" if verb == "QUIT" else "250 ok")
        return verb != "QUIT"

    def _take_email(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        refusal = self.server.told.answers.get("END")
        if refusal is None:
            email: Any = message_from_bytes(b"".join(lines), policy=SMTP)  # type: ignore[arg-type]
            self.server.told.emails.append(email)
        self._say(refusal or "250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
