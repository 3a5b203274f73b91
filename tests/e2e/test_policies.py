"""A council's next rules by HTTP, command and page: looked at, refused with field and rule, published, used."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.documents import openapi
from shared.clock import SettableClock
from shared.dates import london_day
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client, Refused
from shared.samples.journey import CE
from tests.support.documented_answers import AnswerCheck, watched
from tests.support.platforms import Processes, embedded
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)
BUILT_IN = Path(__file__).parents[2] / "shared/policy/packs/cheshire-east/2019-04-01.yaml"


@dataclass(frozen=True, kw_only=True)
class Council:
    """A running platform of one council, and how to sign in to it."""

    address: str
    data: Path
    processes: Processes

    def token(self, role: str) -> str:
        clock = SettableClock(self.data / "clock.json")
        return development_sign_in(data_dir=self.data, clock=clock)(role=role, councils=(CE,))

    def client(self, role: str) -> Client:
        return Client(self.address, self.token(role))

    def day(self, later: int) -> str:
        """So many days from the platform's today."""
        return (london_day(SettableClock(self.data / "clock.json").now()) + timedelta(days=later)).isoformat()


@contextmanager
def a_council(folder: Path) -> Iterator[Council]:
    with embedded(folder, arguments=("--clock", "2026-03-02T09:00")) as (processes, address):
        yield Council(address=address, data=folder / "data", processes=processes)


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    """One platform for the tests that let its time be."""
    with a_council(tmp_path_factory.mktemp("policies")) as council:
        yield council


def content(first_day: str, days: int = 1) -> str:
    """The council's own pack from another day on, with another time to answer a referral."""
    text = BUILT_IN.read_text(encoding="utf-8").replace("effective_on: 2019-04-01", f"effective_on: {first_day}")
    return text.replace("limit: {count: 5, unit: working_days}", f"limit: {{count: {days}, unit: working_days}}")


def simulation(client: Client, text: str) -> list[dict[str, Any]]:
    """Everything that the pack would change."""
    asked, effects = {"content": text}, []
    while True:
        page = client.post(f"/policies/{CE}/simulations", asked)
        effects += page["items"]
        if page["next"] is None:
            return effects
        asked["after"] = page["next"]


def submit(council: Council) -> dict[str, Any]:
    reference = f"policy-{secrets.token_hex(4)}"
    person = {"person_reference": reference, "name": "Sample Person 0001"}
    body = {"council_id": CE, "referral_reference": reference, "source": "adult-social-care", "person": person}
    return dict(council.client("adviser").post("/referrals", body))


def test_next_years_rules_are_tried_published_and_known_beside_todays(
    council: Council, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    referral, commissioner = submit(council), council.client("commissioner")
    check, file = AnswerCheck(document=openapi()), tmp_path / "next.yaml"
    file.write_text(content(council.day(1)), encoding="utf-8")

    with watched(check, monkeypatch, council.address):
        tried = simulation(commissioner, file.read_text(encoding="utf-8"))
        said = council.processes.run(
            *("policy", "publish", str(file), "--address", council.address, "--token", council.token("commissioner"))
        )
        listed = commissioner.get("/policies")["items"]
        pair = {"before": f"{CE}/2019-04-01", "after": f"{CE}/{council.day(1)}"}
        found = commissioner.get(f"/policies/{CE}/differences", **pair)
        then = commissioner.get(f"/policies/{CE}", on=council.day(2))

    assert check.findings == set()
    assert referral["id"] in {effect["record_id"] for effect in tried if effect["kind"] == "clock"}
    assert f"{CE}/{council.day(1)} is published" in said
    in_force = {pack["version"]: pack["in_force"] for pack in listed}
    assert (in_force[pair["before"]], in_force[pair["after"]]) == (True, False)
    assert [change["name"] for change in found["items"]] == ["referral_response"]
    assert then["version"] == pair["after"]
    commands_know_it(council, pair["after"], monkeypatch)


def commands_know_it(council: Council, published: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the platform, by its data, and by its store as on a distributed one."""
    by_data = council.processes.run("policy", "list", "--data", str(council.data))
    monkeypatch.setenv("STEWARD_STORE_URL", f"sqlite:///{council.data / 'stores'}")
    shown = council.processes.run("policy", "show", CE, "--on", council.day(2), "--name", "C1")

    assert published in by_data
    assert "referral_response (C1): 1 working day " in shown


def test_a_clock_moves_on_the_packs_first_day_to_where_the_simulation_said(tmp_path: Path) -> None:
    with a_council(tmp_path) as council:
        text, clock_id = content(council.day(1), days=9), submit(council)["clocks"][0]["id"]
        commissioner = council.client("commissioner")
        [said] = [one for one in simulation(commissioner, text) if one.get("clock_id") == clock_id]
        commissioner.post(f"/policies/{CE}", {"content": text})

        SettableClock(council.data / "clock.json").advance(timedelta(days=1))

        adviser = council.client("adviser")
        eventually(lambda: adviser.get(f"/clocks/{clock_id}").get("recalculations"), within=60)
        [done] = adviser.get(f"/clocks/{clock_id}")["recalculations"]
        assert done["after"]["policy"] == f"{CE}/{council.day(0)}"
        assert (done["before"]["due_at"], done["after"]["due_at"]) == (said["before"], said["after"])


def test_the_command_looks_at_a_platforms_data_beside_it(council: Council, tmp_path: Path) -> None:
    referral, file = submit(council), tmp_path / "other.yaml"
    file.write_text(content(council.day(0), days=2), encoding="utf-8")

    told = json.loads(council.processes.run("policy", "simulate", str(file), "--data", str(council.data), "--json"))

    assert referral["id"] in {effect["record_id"] for effect in told["items"]}
    assert told["clocks_moved"] >= 1


@pytest.mark.parametrize(
    ("role", "text", "status", "field"),
    [
        ("social_worker", "any", 403, None),
        ("commissioner", "past", 422, "effective_on"),
        ("commissioner", "old", 422, "effective_on"),
        ("commissioner", "foreign", 422, "council_id"),
        ("commissioner", "broken", 422, "values.minimum_age_years.value"),
        ("commissioner", "no yaml", 422, None),
        ("commissioner", "huge", 422, "content"),
    ],
)
def test_what_may_not_be_published_is_refused_with_field_and_rule(
    council: Council, role: str, text: str, status: int, field: str | None
) -> None:
    texts = {
        "any": content(council.day(400)),
        "past": content(council.day(-1)),
        "old": content("2019-04-01"),
        "foreign": content(council.day(400)).replace("council_id: cheshire-east", "council_id: elsewhere"),
        "broken": content(council.day(400)).replace("value: 18", "value: adult"),
        "no yaml": "a: [",
        "huge": "# " + "x\n" * 200_000,
    }

    with pytest.raises(Refused) as refused:
        council.client(role).post(f"/policies/{CE}", {"content": texts[text]})

    assert refused.value.status == status
    assert field is None or refused.value.problem["errors"][0]["field"] == field


def test_a_version_is_withdrawn_before_its_first_day_and_never_holds(council: Council) -> None:
    commissioner, first_day = council.client("commissioner"), council.day(500)
    withdrawal = {"effective_on": first_day, "reason": "Sample: a mistake."}
    published = commissioner.post(f"/policies/{CE}", {"content": content(first_day)})

    with pytest.raises(Refused) as not_theirs:
        council.client("social_worker").post(f"/policies/{CE}/withdrawals", withdrawal)
    with pytest.raises(Refused) as unknown:
        commissioner.post(f"/policies/{CE}/withdrawals", withdrawal | {"effective_on": council.day(499)})
    with pytest.raises(Refused) as unreasoned:
        commissioner.post(f"/policies/{CE}/withdrawals", withdrawal | {"reason": ""})
    withdrawn = commissioner.post(f"/policies/{CE}/withdrawals", withdrawal)

    assert (not_theirs.value.status, unknown.value.status, unreasoned.value.status) == (403, 404, 422)
    assert (withdrawn["version"], withdrawn["withdrawn_reason"]) == (published["version"], "Sample: a mistake.")
    assert commissioner.get(f"/policies/{CE}", on=council.day(501))["version"] != published["version"]
    listed = {pack["version"]: pack["withdrawn"] for pack in commissioner.get("/policies")["items"]}
    assert listed[published["version"]] is True
