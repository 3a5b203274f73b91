"""A small HTTP client for the samples and the demo: nothing but the public API."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

SECONDS = 60


class Refused(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('title')}: {problem.get('detail')} {problem.get('errors') or ''}")
        self.status = status
        self.problem = dict(problem)


class Client:
    """The API as one signed-in party sees it. `token=None` for the public."""

    def __init__(self, address: str, token: str | None) -> None:
        self._base = f"{address}/api/v1"
        self._session = requests.Session()
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """The JSON answer. Raises `Refused`."""
        return self._answer(self._session.get(self._base + path, params=query, timeout=SECONDS))

    def text(self, path: str, **query: Any) -> str:
        """The answer as text."""
        reply = self._session.get(self._base + path, params=query, timeout=SECONDS)
        if not reply.ok:
            raise Refused(reply.status_code, reply.json())
        return reply.text

    def post(self, path: str, body: Any = None, *, key: str | None = None, content_type: str | None = None) -> Any:
        """Posts once: a key of its own unless one is given. Raises `Refused`."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": content_type or "application/json"}
        data = json.dumps({} if body is None else body)
        return self._answer(self._session.post(self._base + path, data=data, headers=headers, timeout=SECONDS))

    def put(self, path: str, body: Any) -> Any:
        """Replaces a resource. Raises `Refused`."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._answer(self._session.put(self._base + path, json=body, headers=headers, timeout=SECONDS))

    def publish(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Sends CloudEvents as a batch; the answer to each."""
        answer = self.post("/events", events, content_type="application/cloudevents-batch+json")
        results: list[dict[str, Any]] = answer["results"]
        return results

    @contextmanager
    def stream(self, path: str, *, after: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        """Server-sent events, parsed: id, event and data."""
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        reply = self._session.get(self._base + path, headers=headers, stream=True, timeout=SECONDS)
        try:
            yield _events(reply)
        finally:
            reply.close()

    @staticmethod
    def _answer(reply: requests.Response) -> Any:
        if not reply.ok:
            raise Refused(reply.status_code, reply.json())
        return reply.json() if reply.content else None


def _events(reply: requests.Response) -> Iterator[dict[str, Any]]:
    parts: dict[str, str] = {}
    for line in reply.iter_lines(chunk_size=1, decode_unicode=True):
        if line == "":
            if "data" in parts:
                yield {**parts, "data": json.loads(parts["data"])}
            parts = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            parts[name] = value
