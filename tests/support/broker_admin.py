"""A RabbitMQ of ours, as its operator sees it: definitions in and out, by `infra/local/engines rabbitmqctl`."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tests.support.waiting import patience

ENGINES = Path(__file__).parents[2] / "infra" / "local" / "engines"
CONTROL_SECONDS = 60.0


class BrokerAdmin:
    """Runs the control command of the broker at this address, which must be one that `engines up` started."""

    def __init__(self, broker_url: str) -> None:
        self._at = urlsplit(broker_url)

    def address(self, user: str, password: str, vhost: str) -> str:
        """The broker's address for another user and virtual host."""
        return f"amqp://{user}:{password}@{self._at.hostname}:{self._at.port}/{quote(vhost, safe='')}"

    def load(self, document: Mapping[str, Any]) -> None:
        """Imports definitions."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "definitions.json"
            file.write_text(json.dumps(document), encoding="utf-8")
            self.control("import_definitions", str(file))

    def export(self) -> dict[str, Any]:
        """The broker's own account of itself."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "definitions.json"
            self.control("export_definitions", str(file))
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return found

    def forget(self, vhost: str, users: Iterable[str]) -> None:
        """Deletes a virtual host with all that is in it, and these users."""
        calls = [f'rabbit_vhost:delete(<<"{vhost}">>, <<"test">>)']
        calls += [f'rabbit_auth_backend_internal:delete_user(<<"{user}">>, <<"test">>)' for user in users]
        self.control("eval", "".join(f"catch {call}, " for call in calls) + "ok.")

    def control(self, *arguments: str) -> str:
        """One control command; what it says."""
        return rabbitmqctl(*arguments, STEWARD_ENGINES_RABBITMQ_PORT=str(self._at.port))


def rabbitmqctl(*arguments: str, **environment: str) -> str:
    """One control command to our broker; what it says. Raises `AssertionError` when it is refused."""
    done = subprocess.run(
        [str(ENGINES), "rabbitmqctl", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=patience(CONTROL_SECONDS),
        check=False,
    )
    assert done.returncode == 0, f"rabbitmqctl {arguments[0]}: {done.stdout}{done.stderr}"
    return done.stdout
