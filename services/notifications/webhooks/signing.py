"""Signing secrets made from one key, so that no store holds any, and signatures by Standard Webhooks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from standardwebhooks import Webhook as Signer

from services.notifications.errors import WebhooksNotSetUp
from shared.settings import BadSetting

KEY_FILE = "webhook-key"
KEY_BYTES = 32
PREFIX = "whsec_"


@dataclass(frozen=True, kw_only=True)
class DerivedSecrets:
    """The use cases' `Secrets`: HMAC-SHA256 of webhook and number under the platform's key."""

    key: bytes | None = field(repr=False)

    def secret(self, webhook_id: str, *, number: int) -> str:
        """32 bytes as the standard writes them. Raises `WebhooksNotSetUp`."""
        return PREFIX + base64.b64encode(self._secret(webhook_id, number)).decode()

    def signature(self, webhook_id: str, *, number: int, message_id: str, at: datetime, body: bytes) -> str:
        """`v1,` and the signature. Raises `WebhooksNotSetUp`."""
        return Signer(self._secret(webhook_id, number)).sign(msg_id=message_id, timestamp=at, data=body.decode())

    def _secret(self, webhook_id: str, number: int) -> bytes:
        if self.key is None:
            raise WebhooksNotSetUp("webhooks are not set up on this platform: STEWARD_WEBHOOK_KEY is empty")
        return hmac.digest(self.key, f"webhook/{webhook_id}/{number}".encode(), hashlib.sha256)


def read_key(text: str) -> bytes | None:
    """The key from its setting; `None` where there is none. Raises `BadSetting`, without the value."""
    if not text:
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) < KEY_BYTES:
        raise BadSetting(f"STEWARD_WEBHOOK_KEY must be {KEY_BYTES} random bytes or more, in base64")
    return key


def own_key(data_dir: Path) -> bytes:
    """An embedded platform's own key, made on first use and readable by its owner only."""
    path = data_dir / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _new_key(path)


def _new_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, this lets the first of two processes win
    except FileExistsError:
        pass  # the other's key is read below
    finally:
        draft.unlink()
    return path.read_bytes()
