"""Takes safeguarding alerts by webhook (Standard Webhooks); each is answered once it is written down."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from alerts_file import AlertsFile
from standardwebhooks import Webhook, WebhookVerificationError

LARGEST_BODY = 100_000
SECRETS = [Webhook(secret) for secret in os.environ["WEBHOOK_SECRETS"].split()]


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        if not 0 < length <= LARGEST_BODY:
            self.send_answer(413)
            return
        body = self.rfile.read(length)  # the bytes as they came: the signature is over them
        event = verified(body, dict(self.headers))
        if event is None:
            self.send_answer(401)
            return
        if event["type"] == "alert.raised":
            self.server.alerts.keep(event["id"], event["data"])
        self.send_answer(204)

    def send_answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing of what came."""


def verified(body: bytes, headers: dict[str, str]) -> dict | None:
    """The event, if any of our secrets signed it within the last five minutes."""
    for secret in SECRETS:
        try:
            return secret.verify(body, headers)
        except (WebhookVerificationError, ValueError):
            continue
    return None


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver)
    server.alerts = AlertsFile(os.environ["ALERTS_FILE"])
    server.serve_forever()


if __name__ == "__main__":
    main()
