"""Where the keys that verify tokens come from, and how they are kept fresh."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import requests
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

LARGEST_KEY_SET = 200_000
FETCH_SECONDS = 5.0

log = structlog.get_logger(__name__)


class KeySource(Protocol):
    """Finds a verification key by its id."""

    def find(self, kid: str) -> Key | None: ...


@dataclass(frozen=True, kw_only=True)
class FixedKeys:
    """Keys that never change while the process lives."""

    keys: Mapping[str, Key]

    @classmethod
    def of(cls, key_set: Mapping[str, Any]) -> FixedKeys:
        return cls(keys=read_key_set(key_set))

    def find(self, kid: str) -> Key | None:
        return self.keys.get(kid)


class FileKeys:
    """Keys in a JWKS file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at_ns = -1
        self._keys: Mapping[str, Key] = {}

    def find(self, kid: str) -> Key | None:
        try:
            self._follow_file()
        except (OSError, ValueError) as error:
            log.warning("keys.not_read", error=type(error).__name__, keys_in_use=len(self._keys))
        return self._keys.get(kid)

    def _follow_file(self) -> None:
        changed_at_ns = self._path.stat().st_mtime_ns
        if changed_at_ns != self._read_at_ns:
            self._keys = read_key_set(json.loads(self._path.read_text(encoding="utf-8")))
            self._read_at_ns = changed_at_ns


def fetch_key_set(address: str) -> Mapping[str, Any]:
    """A JWKS document over HTTP. Raises `requests.RequestException` or `ValueError`."""
    with requests.get(address, timeout=FETCH_SECONDS, stream=True, allow_redirects=False) as response:
        response.raise_for_status()
        body = response.raw.read(LARGEST_KEY_SET + 1, decode_content=True)
    if len(body) > LARGEST_KEY_SET:
        raise ValueError("the key set is too large")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise ValueError("the key set is not an object")  # noqa: TRY004  bad data, like all else here
    return document


@dataclass(kw_only=True)
class RemoteKeys:
    """An identity provider's keys: fetched when first needed, when old, and when an unknown id arrives.

    However many unknown ids arrive, the provider is asked at most once in `refetch_seconds`; while it cannot be
    reached, the keys known last stay in use.
    """

    address: str
    max_age_seconds: float
    refetch_seconds: float
    fetch: Callable[[str], Mapping[str, Any]] = fetch_key_set
    monotonic: Callable[[], float] = time.monotonic
    _keys: Mapping[str, Key] = field(default_factory=dict)
    _fetched_at: float | None = None
    _asked_at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, kid: str) -> Key | None:
        with self._lock:
            if (kid not in self._keys or self._is_old()) and self._may_ask():
                self._refresh()
            return self._keys.get(kid)

    def _is_old(self) -> bool:
        return self._fetched_at is None or self.monotonic() - self._fetched_at > self.max_age_seconds

    def _may_ask(self) -> bool:
        return self._asked_at is None or self.monotonic() - self._asked_at >= self.refetch_seconds

    def _refresh(self) -> None:
        self._asked_at = self.monotonic()
        try:
            self._keys = read_key_set(self.fetch(self.address))
        except (requests.RequestException, ValueError) as error:
            log.warning("keys.not_fetched", error=type(error).__name__, keys_in_use=len(self._keys))
            return
        self._fetched_at = self.monotonic()


def read_key_set(document: Mapping[str, Any]) -> Mapping[str, Key]:
    """Verification keys by id; shared secrets and keys without an id are left out. Raises `ValueError`."""
    try:
        keys = KeySet.import_key_set({"keys": list(document["keys"])})
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("the key set cannot be read") from error
    named = {str(entry.get("kid")) for entry in document["keys"] if entry.get("kid")}
    return {key.kid: key for key in keys if isinstance(key, RSAKey | ECKey | OKPKey) and key.kid in named}
