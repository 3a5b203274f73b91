"""A safeguarding team's live stream through kills of the whole platform: every alert once, in whatever pieces it is read."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.clock import SettableClock
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client
from shared.samples.journey import CE
from tests.support.platforms import Processes, start_embedded
from tests.support.waiting import patience

pytestmark = pytest.mark.timeout(180)
READ_SECONDS = patience(30)


class Team:
    """A team that follows its alerts on a platform which is killed and started again under it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = {"PYTHONUNBUFFERED": "1", "STEWARD_SSE_HEARTBEAT": "0.3"}
        self.processes = Processes(folder=folder, environment=environment)
        self.address = start_embedded(self.processes, folder)
        clock = SettableClock(folder / "data" / "clock.json")
        self._sign_in = development_sign_in(data_dir=folder / "data", clock=clock)
        self.place = ""
        self.told: dict[str, str] = {}

    def raise_concerns(self, first: int, last: int) -> set[str]:
        """Concerns numbered so; the ids that their raisers got."""
        adviser = Client(self.address, self._sign_in(role="adviser", councils=(CE,)))
        asked = ({"council_id": CE, "person_id": f"per-{n}", "categories": ["neglect"]} for n in range(first, last + 1))
        rest = {"description": "Sample words.", "consent_sought": True}
        return {adviser.post("/concerns", body | rest)["id"] for body in asked}

    def read(self, *, alerts: int) -> None:
        """Goes on from the last place, and leaves after so many alerts (or at the first sign of life, for none)."""
        with closing(self._open()) as answer:
            for block in blocks_of(answer):
                self.place = block.get("id", self.place)
                if "data" in block:
                    alerts -= self._take(json.loads(block["data"]))
                if alerts == 0 and "id" in block:
                    return

    def hear_nothing_more(self) -> None:
        """The stream has nothing new to tell: its first comment comes without an alert before it that was not told."""
        with closing(self._open()) as answer:
            for block in blocks_of(answer):
                assert "data" not in block or not self._take(json.loads(block["data"]))
                if block.get("") == "still here":
                    return

    def _take(self, event: dict[str, Any]) -> int:
        if event["type"] != "alert.raised" or event["id"] in self.told:
            return 0
        self.told[event["id"]] = event["data"]["concern_id"]
        return 1

    def _open(self) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._sign_in(role='safeguarding_team', councils=(CE,))}"}
        if self.place:
            headers["Last-Event-ID"] = self.place
        answer = requests.get(
            f"{self.address}/api/v1/streams/alerts", headers=headers, stream=True, timeout=READ_SECONDS
        )
        assert answer.status_code == 200, answer.text
        return answer

    def kill_and_start_again(self) -> None:
        """SIGKILL to gateway, services and broker at once."""
        self.processes.running["platform"].kill()
        assert self.processes.running.pop("platform").wait(patience(20)) == -signal.SIGKILL
        self.address = start_embedded(self.processes, self.folder)


def blocks_of(answer: requests.Response) -> Iterator[dict[str, str]]:
    """The stream's messages as fields; a comment is the field without a name."""
    block: dict[str, str] = {}
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line:
            name, _, value = line.partition(":")
            block[name] = value.strip()
        elif block:
            yield block
            block = {}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    team = Team(tmp_path)
    yield team
    team.processes.stop_all()


def test_every_alert_is_told_once_through_kills_and_broken_connections(team: Team) -> None:
    team.read(alerts=0)
    team.kill_and_start_again()
    raised = team.raise_concerns(1, 5)

    team.read(alerts=2)
    raised |= team.raise_concerns(6, 8)
    team.kill_and_start_again()
    team.read(alerts=1)
    raised |= team.raise_concerns(9, 10)
    team.read(alerts=7)

    assert sorted(team.told.values()) == sorted(raised)
    team.hear_nothing_more()
