"""A published pack is added beside those that are there; nothing that held, or holds, is ever rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.events.policy import PolicyPackPublished, PolicyPackWithdrawn
from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_schedule
from shared.policy.errors import PackHolds, PackRefused, UnknownPolicyVersion
from shared.policy.keeping_packs import PACK, POLICY_PACKS, PublishedPacks, WrongHash, forget, learn, take_effect
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.publishing import (
    PublishedPack,
    check_publishable,
    id_of,
    published,
    read_submitted,
    sha256_of,
    text_of,
    withdraw,
)
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.clocks import FixedClock
from tests.support.envelopes import envelope_of
from tests.unit.policy.builders import ListedBankHolidays, a_clock_entry, a_pack_text
from tests.unit.policy.test_packs import Texts

TODAY = date(2026, 3, 2)
RECEIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MOST = 200_000


class Timer:
    """A stopwatch that a test moves on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def policies() -> Policies:
    """The sample council's pack of 2020: five working days."""
    return Policies.load([Texts(a_pack_text())], bank_holidays=ListedBankHolidays())


@pytest.fixture
def kept() -> InMemoryAggregates[PublishedPack]:
    """A service's copies."""
    return InMemoryAggregates(collection=POLICY_PACKS, kind=PACK, clock=FixedClock())


def text(effective_on: str = "2026-04-01", *, days: int = 3, **changes: Any) -> str:
    """The sample council's pack with another limit."""
    limit = {"count": days, "unit": "working_days"}
    clocks = {"referral_response": a_clock_entry(limit=limit)}
    return a_pack_text(**{"effective_on": effective_on, "clocks": clocks, **changes}).text


def pack(effective_on: str = "2026-04-01", **changes: Any) -> PolicyPack:
    return read_submitted(text(effective_on, **changes), most_bytes=MOST)


def told(content: str, **changes: Any) -> PolicyPackPublished:
    """The event of such a pack."""
    read = read_submitted(content, most_bytes=MOST)
    lines = tuple(content.splitlines())
    given = {"version": read.version, "effective_on": read.effective_on, "sha256": sha256_of(lines), "lines": lines}
    return PolicyPackPublished(**given | changes)


def hear(kept: InMemoryAggregates[PublishedPack], event: PolicyPackPublished) -> None:
    """The service hears of it."""
    envelope = envelope_of(event, subject=id_of(event.version), councilid="sample", actorid="commissioner-1")
    learn(event, envelope, records=kept.records)


def test_a_later_pack_may_be_published(policies: Policies) -> None:
    check_publishable(pack(), packs=policies.packs, today=TODAY)
    check_publishable(pack("2026-03-02"), packs=policies.packs, today=TODAY)


@pytest.mark.parametrize(
    ("effective_on", "changes", "field", "rule"),
    [
        ("2020-01-01", {}, "effective_on", "unchanged"),
        ("2019-12-31", {}, "effective_on", "later"),
        ("2026-03-01", {}, "effective_on", "not-past"),
        ("2026-04-01", {"council_id": "elsewhere"}, "council_id", "known"),
    ],
)
def test_a_pack_that_would_rewrite_what_held_is_refused_with_field_and_rule(
    policies: Policies, effective_on: str, changes: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(PackRefused) as refused:
        check_publishable(pack(effective_on, **changes), packs=policies.packs, today=TODAY)

    assert (refused.value.errors[0].field, refused.value.errors[0].rule) == (field, rule)


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (text(source=""), "source", "minLength"),
        (text(days=-1), "clocks.referral_response.limit.count", "minimum"),
        (text(values={"no_such_name": {"value": 1, "clause": "X 1.1"}}), "values", "additionalProperties"),
        ("x" * (MOST + 1), "content", "size"),
        ("# " + "x" * 4000, "content", "line"),
    ],
)
def test_a_pack_that_is_not_valid_is_refused_with_field_and_rule(content: str, field: str, rule: str) -> None:
    with pytest.raises(Exception, match=r".") as refused:
        read_submitted(content, most_bytes=MOST)

    assert (refused.value.errors[0].field, refused.value.errors[0].rule) == (field, rule)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [1]\nb: *a\n",
        "[" * 50 + "]" * 50,
        "\x00",
        "a: [",
        "- just\n- a list\n",
        "!!python/object:os.system {}",
        "",
    ],
)
def test_what_is_no_plain_pack_is_refused_and_costs_little(content: str) -> None:
    with pytest.raises(PackRefused):
        read_submitted(content, most_bytes=MOST)


def test_what_is_kept_reads_as_what_was_published() -> None:
    content = text()

    kept = published(pack(), content, at=RECEIVED, by="commissioner-1")

    assert kept.text == content
    assert kept.sha256 == sha256_of(content.splitlines())
    assert text_of(kept.lines) == content
    assert kept.takes_effect_at == datetime(2026, 3, 31, 23, 0, tzinfo=UTC)


def test_line_ends_of_a_browsers_form_make_no_difference() -> None:
    content = text()

    by_form = published(pack(), content.replace("\n", "\r\n"), at=RECEIVED, by="commissioner-1")

    assert by_form == published(pack(), content, at=RECEIVED, by="commissioner-1")


def test_every_replica_uses_a_pack_that_one_of_them_has_learned(
    policies: Policies, kept: InMemoryAggregates[PublishedPack]
) -> None:
    timer = Timer()
    replicas = [
        policies.with_published(PublishedPacks(kept.documents, refresh_seconds=5, timer=timer)) for _ in range(2)
    ]
    assert [len(replica.packs.versions_of("sample")) for replica in replicas] == [1, 1]

    hear(kept, told(text()))
    timer.seconds = 5

    for replica in replicas:
        assert replica.pack("sample", on=date(2026, 4, 1)).version == "sample/2026-04-01"
        assert replica.pack("sample", on=date(2026, 3, 31)).version == "sample/2020-01-01"


def test_a_version_that_is_asked_for_by_name_is_looked_for_at_once(
    policies: Policies, kept: InMemoryAggregates[PublishedPack]
) -> None:
    replica = policies.with_published(PublishedPacks(kept.documents, refresh_seconds=5, timer=Timer()))
    with pytest.raises(UnknownPolicyVersion):
        replica.version("sample/2026-04-01")

    hear(kept, told(text()))

    assert replica.version("sample/2026-04-01").clock("C1").first[0].count == 3


def test_a_service_that_starts_again_has_every_pack_it_learned(
    policies: Policies, kept: InMemoryAggregates[PublishedPack]
) -> None:
    hear(kept, told(text("2026-04-01")))
    hear(kept, told(text("2027-04-01", days=2)))

    after = policies.with_published(PublishedPacks(kept.documents, refresh_seconds=5))

    versions = [one.version for one in after.packs.versions_of("sample")]
    assert versions == ["sample/2020-01-01", "sample/2026-04-01", "sample/2027-04-01"]


def test_hearing_twice_of_a_pack_keeps_it_once(kept: InMemoryAggregates[PublishedPack]) -> None:
    hear(kept, told(text()))
    hear(kept, told(text()))

    assert len(kept.records.find().items) == 1


def test_a_pack_whose_lines_are_not_those_that_were_hashed_is_not_kept(
    kept: InMemoryAggregates[PublishedPack],
) -> None:
    with pytest.raises(WrongHash):
        hear(kept, told(text(), lines=("council_id: sample",)))

    assert kept.records.find().items == []


def test_a_pack_that_this_release_cannot_read_is_set_aside_and_not_kept(
    kept: InMemoryAggregates[PublishedPack],
) -> None:
    lines = tuple(text().replace("minimum_age_years", "name_of_a_later_release").splitlines())

    with pytest.raises(PackRefused):
        hear(kept, told(text(), lines=lines, sha256=sha256_of(lines)))

    assert kept.records.find().items == []


def test_a_kept_pack_that_an_older_release_cannot_read_leaves_the_others_in_force(
    policies: Policies, kept: InMemoryAggregates[PublishedPack]
) -> None:
    hear(kept, told(text("2026-04-01")))
    later = published(pack("2027-04-01"), text("2027-04-01"), at=RECEIVED, by="commissioner-1")
    unreadable = replace(later, lines=("council_id: sample", "name_of_a_later_release: 1"))
    cause = of_schedule("test", "pol-later")
    kept.records.create("pol-later", Decision(state=unreadable), council_id="sample", cause=cause)

    with capture_logs() as logs:
        known = policies.with_published(PublishedPacks(kept.documents, refresh_seconds=5)).packs.versions_of("sample")

    assert [one.version for one in known] == ["sample/2020-01-01", "sample/2026-04-01"]
    assert [(entry["event"], entry["version"]) for entry in logs] == [("policy.pack_unreadable", "sample/2027-04-01")]


def test_a_decision_under_an_old_pack_explains_the_same_after_a_new_one_is_published(
    policies: Policies, kept: InMemoryAggregates[PublishedPack]
) -> None:
    replica = policies.with_published(PublishedPacks(kept.documents, refresh_seconds=0))
    before = replica.deadline("sample", "C1", RECEIVED)

    hear(kept, told(text("2026-03-02", days=1)))
    years_later = replica.deadline("sample", "C1", RECEIVED + timedelta(days=2000))
    rule = replica.version(before.rule.policy_version).clock_rule("C1")

    assert before.rule.policy_version == "sample/2020-01-01"
    assert years_later.rule.policy_version == "sample/2026-03-02"
    assert rule == before.rule
    assert replica.reckon(before.rule.policy_version, "C1", RECEIVED).explain() == before.explain()


def test_what_a_pack_would_change_is_looked_at_without_changing_anything(policies: Policies) -> None:
    trial = policies.with_pack(pack())

    assert trial.deadline("sample", "C1", RECEIVED + timedelta(days=60)).rule.limit.count == 3
    assert len(policies.packs.versions_of("sample")) == 1


def test_of_one_version_the_published_pack_holds(policies: Policies, kept: InMemoryAggregates[PublishedPack]) -> None:
    hear(kept, told(text("2020-01-01", days=4)))

    both = policies.with_published(PublishedPacks(kept.documents, refresh_seconds=5))

    assert [one.version for one in both.packs.versions_of("sample")] == ["sample/2020-01-01"]
    assert both.version("sample/2020-01-01").clock("C1").first[0].count == 4


def test_a_pack_that_has_taken_effect_is_not_due_again(kept: InMemoryAggregates[PublishedPack]) -> None:
    hear(kept, told(text()))
    record_id = id_of("sample/2026-04-01")

    take_effect(record_id, records=kept.records, cause=of_schedule("policy-packs", record_id))

    assert kept.records.get(record_id).state.takes_effect_at is None


def test_a_version_that_was_withdrawn_never_holds_and_makes_way_for_another(
    policies: Policies, kept: InMemoryAggregates[PublishedPack]
) -> None:
    timer = Timer()
    known = policies.with_published(PublishedPacks(kept.documents, refresh_seconds=60, timer=timer))
    hear(kept, told(text()))
    assert known.pack("sample", on=date(2026, 4, 1)).version == "sample/2026-04-01"

    for _ in range(2):
        hear_of_withdrawal(kept, "sample/2026-04-01")
    timer.seconds = 61

    assert known.pack("sample", on=date(2026, 4, 1)).version == "sample/2020-01-01"
    assert known.version("sample/2026-04-01").withdrawn
    assert kept.records.get(id_of("sample/2026-04-01")).state.takes_effect_at is None
    check_publishable(pack("2026-03-20"), packs=known.packs, today=TODAY)
    with pytest.raises(PackRefused):
        check_publishable(pack(), packs=known.packs, today=TODAY)


def test_a_version_that_holds_is_withdrawn_no_more() -> None:
    there = published(pack(), text(), at=RECEIVED, by="commissioner-1")
    first_day, day_before = datetime(2026, 3, 31, 23, 0, tzinfo=UTC), datetime(2026, 3, 31, 22, 59, tzinfo=UTC)

    with pytest.raises(PackHolds):
        withdraw(there, at=first_day, by="commissioner-1", reason="Sample.")
    once = withdraw(there, at=day_before, by="commissioner-1", reason="Sample.")

    assert (once.withdrawn_by, once.read().withdrawn) == ("commissioner-1", True)
    assert withdraw(once, at=first_day, by="commissioner-2", reason="Again.") is once


def hear_of_withdrawal(kept: InMemoryAggregates[PublishedPack], version: str) -> None:
    event = PolicyPackWithdrawn(version=version)
    envelope = envelope_of(event, subject=id_of(version), sequence=2, councilid="sample", actorid="commissioner-1")
    forget(event, envelope, records=kept.records)
