"""A pack that a commissioner publishes is known to every service, also after a restart, and followed on its first day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.referrals.service import ReferralsService
from shared.cli.policy import policy
from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.cause import Cause
from shared.policy.keeping_packs import PACK, POLICY_PACKS
from shared.policy.publishing import id_of
from tests.component.referrals.conftest import SERVICES, Start
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually
from tests.unit.referrals.builders import submission

CE = "cheshire-east"
COMMISSIONER = Caller(actor_id="commissioner-1", roles=("commissioner",), councils=(CE,))
BUILT_IN = Path(__file__).parents[3] / "shared/policy/packs/cheshire-east/2019-04-01.yaml"
VERSION = f"{CE}/2026-04-01"
FIRST_DAY = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)


def content(effective_on: str = "2026-04-01") -> str:
    """The council's own pack, from another day on, with an answer within three working days."""
    text = BUILT_IN.read_text(encoding="utf-8").replace("effective_on: 2019-04-01", f"effective_on: {effective_on}")
    return text.replace("limit: {count: 5, unit: working_days}", "limit: {count: 3, unit: working_days}")


def publish(running: RunningPlatform, text: str, *, key: str | None = None, caller: Caller = COMMISSIONER) -> str:
    payload = {"council_id": CE, "content": text}
    answer = running.call("referrals", "publish_policy_pack", payload, replace(caller, idempotency_key=key))
    return str(answer["version"])


def knows(running: RunningPlatform, service: str) -> bool:
    versions = running.platform.policies_of(service).packs.versions_of(CE)
    return [pack.version for pack in versions] == [f"{CE}/2019-04-01", VERSION]


def is_followed(running: RunningPlatform, service: str) -> bool:
    records = running.resources(service).aggregates(POLICY_PACKS, PACK)
    return records.get(id_of(VERSION)).state.takes_effect_at is None


def test_every_service_learns_of_a_pack_and_has_it_after_a_restart(start: Start) -> None:
    running = start()

    version = publish(running, content())

    assert version == VERSION
    for service in SERVICES:
        eventually(lambda service=service: knows(running, service))
    again = start()
    for service in SERVICES:
        assert knows(again, service)
        pack = again.platform.policies_of(service).pack(CE, on=date(2026, 4, 1))
        assert pack.clock("C1").first[0].count == 3


def test_a_pack_that_is_withdrawn_before_its_first_day_holds_nowhere(start: Start, clock: FixedClock) -> None:
    running = start()
    publish(running, content())
    for service in SERVICES:
        eventually(lambda service=service: knows(running, service))
    withdrawal = {"council_id": CE, "effective_on": "2026-04-01", "reason": "Sample: a mistake."}

    answer = running.call("referrals", "withdraw_policy_pack", withdrawal, COMMISSIONER)

    assert answer["withdrawn_by"] == "commissioner-1"
    for service in SERVICES:
        eventually(lambda service=service: holds(running, service) == f"{CE}/2019-04-01")
    clock.at = FIRST_DAY
    packs = {
        pack["version"]: pack for pack in running.call("referrals", "list_policy_packs", {}, COMMISSIONER)["items"]
    }
    assert (packs[VERSION]["withdrawn"], packs[VERSION]["in_force"]) == (True, False)
    assert packs[f"{CE}/2019-04-01"]["in_force"]


def test_what_holds_already_or_was_never_published_is_not_withdrawn(start: Start, clock: FixedClock) -> None:
    running = start()
    publish(running, content())
    clock.at = FIRST_DAY

    for day, code in (("2026-04-01", "pack-holds"), ("2019-04-01", "not-found"), ("2026-05-01", "not-found")):
        withdrawal = {"council_id": CE, "effective_on": day, "reason": "Sample."}
        with pytest.raises(ServiceRefusal) as refused:
            running.call("referrals", "withdraw_policy_pack", withdrawal, COMMISSIONER)
        assert refused.value.problem()["code"] == code


def holds(running: RunningPlatform, service: str) -> str:
    version: str = running.platform.policies_of(service).pack(CE, on=date(2026, 4, 1)).version
    return version


def test_a_repeat_under_the_same_key_finds_its_first_answer_and_any_other_is_refused(start: Start) -> None:
    running = start()
    publish(running, content(), key="key-1")

    assert publish(running, content(), key="key-1") == VERSION
    for text in (content(), content("2026-03-01"), content("2018-01-01")):
        with pytest.raises(ServiceRefusal) as refused:
            publish(running, text)
        assert refused.value.problem()["errors"][0]["field"] == "effective_on"
    assert len(running.published("referrals", stream="policy", subject=id_of(VERSION))) == 1


def test_a_pack_of_another_council_is_not_this_commissioners_to_publish(start: Start) -> None:
    running = start()
    stranger = replace(COMMISSIONER, councils=("cambridgeshire-peterborough",))

    with pytest.raises(ServiceRefusal) as refused:
        publish(running, content(), caller=stranger)

    assert refused.value.problem()["kind"] == "not-found"


def test_a_pack_that_is_not_valid_is_refused_place_by_place(start: Start) -> None:
    running = start()

    with pytest.raises(ServiceRefusal) as refused:
        publish(running, content().replace("value: 18", "value: adult"))

    errors = refused.value.problem()["errors"]
    assert [(error["field"], error["rule"]) for error in errors] == [("values.minimum_age_years.value", "type")]


def test_on_its_first_day_every_service_follows_a_pack_once(
    start: Start, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoned: list[str] = []

    def reckon(self: ReferralsService, council_id: str, cause: Cause) -> None:
        reckoned.append(council_id)

    monkeypatch.setattr(ReferralsService, "reckon_anew", reckon)
    running = start()
    publish(running, content())
    for service in SERVICES:
        eventually(lambda service=service: knows(running, service))
    assert reckoned == []

    clock.at = FIRST_DAY

    for service in SERVICES:
        eventually(lambda service=service: is_followed(running, service))
    assert reckoned == [CE]


def test_packs_in_force_and_what_differs_can_be_asked_for(start: Start) -> None:
    running = start()
    publish(running, content())

    lines = running.call("referrals", "list_policy_packs", {}, COMMISSIONER)["items"]
    then = running.call("referrals", "get_policy_pack", {"council_id": CE, "on": "2026-04-01"}, COMMISSIONER)
    pair = {"council_id": CE, "before": f"{CE}/2019-04-01", "after": VERSION}
    found = running.call("referrals", "show_policy_difference", pair, COMMISSIONER)["items"]

    in_force = {line["version"]: line["in_force"] for line in lines if line["council_id"] == CE}
    assert in_force == {f"{CE}/2019-04-01": True, VERSION: False}
    assert then["version"] == VERSION
    assert [(one["section"], one["name"], one["change"]) for one in found] == [
        ("clocks", "referral_response", "changed")
    ]


ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,))


def pages(running: RunningPlatform, caller: Caller = COMMISSIONER, **asked: Any) -> list[dict[str, Any]]:
    """Every page of a simulation."""
    found = [running.call("referrals", "list_policy_effects", {"council_id": CE, **asked}, caller)]
    while found[-1]["next"] is not None:
        more = {"council_id": CE, **asked, "after": found[-1]["next"]}
        found.append(running.call("referrals", "list_policy_effects", more, caller))
    return found


def simulate(running: RunningPlatform, caller: Caller = COMMISSIONER, **asked: Any) -> dict[str, Any]:
    """A whole simulation as one."""
    found = pages(running, caller, **asked)
    items = [effect for page in found for effect in page["items"]]
    return found[-1] | {"items": items, "looked_at": sum(page["looked_at"] for page in found)}


def submit(running: RunningPlatform, number: int) -> str:
    given = submission(referral_reference=f"REF-{number}", urgency="standard", source="adult-social-care")
    return str(running.call("referrals", "submit_referral", {"council_id": CE, **given}, ADVISER)["id"])


def test_a_pack_is_tried_on_the_cases_there_are_before_it_is_published(start: Start, clock: FixedClock) -> None:
    running = start()
    referral_id = submit(running, 1)
    clock.at = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # the fourth working day

    found = simulate(running, content=content("2026-03-06"))

    assert (found["before"], found["after"], found["looked_at"]) == (f"{CE}/2019-04-01", f"{CE}/2026-03-06", 1)
    [effect] = found["items"]
    assert (effect["kind"], effect["record_id"], effect["rule"]) == ("clock", referral_id, "C1")
    assert (effect["before"], effect["after"]) == ("2026-03-09T23:59:59.000Z", "2026-03-05T23:59:59.000Z")
    assert effect["would_breach"]
    assert running.published("referrals", stream="policy", subject=id_of(f"{CE}/2026-03-06")) == []
    kept = running.call("referrals", "get_referral", {"id": referral_id}, ADVISER)
    assert [one["due_at"] for one in kept["clocks"]] == ["2026-03-09T23:59:59.000Z"]


def test_a_simulation_goes_on_page_by_page_and_tells_each_clock_once(start: Start) -> None:
    running = start()
    for number in range(3):
        submit(running, number)

    found = pages(running, content=content("2026-03-02"), limit=2)

    clocks = [effect["clock_id"] for page in found for effect in page["items"] if effect["kind"] == "clock"]
    assert sum(page["looked_at"] for page in found) == 3
    assert max(page["looked_at"] for page in found) == 2
    assert len(clocks) == len(set(clocks)) == 3


@pytest.mark.parametrize("after", ["nowhere", "99:", "-1:", "1e3:"])
def test_a_cursor_that_was_never_given_is_refused_by_name(start: Start, after: str) -> None:
    running = start()

    with pytest.raises(ServiceRefusal) as refused:
        simulate(running, content=content(), after=after)

    assert refused.value.problem()["errors"][0]["field"] == "after"


def test_a_version_that_is_there_can_be_tried_and_it_is_one_or_the_other(start: Start) -> None:
    running = start()
    publish(running, content())

    assert simulate(running, version=VERSION)["after"] == VERSION
    for asked in ({}, {"version": VERSION, "content": content()}):
        with pytest.raises(ServiceRefusal) as refused:
            simulate(running, **asked)
        assert refused.value.problem()["errors"][0]["rule"] == "one-of"


def test_another_councils_cases_are_not_tried_on(start: Start) -> None:
    running = start()
    stranger = replace(COMMISSIONER, councils=("cambridgeshire-peterborough",))

    with pytest.raises(ServiceRefusal) as refused:
        simulate(running, stranger, content=content())

    assert refused.value.problem()["kind"] == "not-found"


def test_the_command_tries_a_pack_on_a_platforms_data_alone(start: Start, tmp_path: Path) -> None:
    running = start()
    submit(running, 1)
    file = tmp_path / "next.yaml"
    file.write_text(content("2026-03-02"), encoding="utf-8")

    done = CliRunner().invoke(policy, ["simulate", str(file), "--data", str(tmp_path), "--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["looked_at"], told["clocks_moved"]) == (1, 1)


def test_the_commands_know_what_was_published_on_a_platforms_data(start: Start, tmp_path: Path) -> None:
    running = start()
    publish(running, content())
    data = ["--data", str(tmp_path), "--json"]

    listed = CliRunner().invoke(policy, ["list", *data])
    shown = CliRunner().invoke(policy, ["show", CE, "--on", "2026-04-01", "--name", "C1", *data])
    found = CliRunner().invoke(policy, ["diff", f"{CE}/2019-04-01", VERSION, *data])

    assert VERSION in {pack["version"] for pack in json.loads(listed.output)}
    assert json.loads(shown.output)["limits"] == ["3 working days"]
    assert [one["name"] for one in json.loads(found.output)] == ["referral_response"]


def test_the_command_says_which_version_it_does_not_know(start: Start, tmp_path: Path) -> None:
    start()

    done = CliRunner().invoke(policy, ["simulate", f"{CE}/2030-01-01", "--data", str(tmp_path)])

    assert done.exit_code == 1
    assert "There is no policy pack cheshire-east/2030-01-01" in done.output
