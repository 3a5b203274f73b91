"""A pack is read through typed getters; one that breaks its schema or contradicts itself is refused, place by place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.errors import PolicyIncomplete
from shared.money import Pence
from shared.policy.errors import (
    NoPackInForce,
    PackRefused,
    UnknownCouncil,
    UnknownPolicyName,
    UnknownPolicyVersion,
    WrongPolicyKind,
)
from shared.policy.loading import PackSchema, load_pack
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.source import FolderPacks, PackSource, PackText
from tests.unit.policy.builders import ListedBankHolidays, a_calendar_entry, a_clock_entry, a_pack_text

VALUES: dict[str, Any] = {
    "minimum_age_years": {"value": 18, "clause": "X 1.1"},
    "self_funder_capital_pence": {"value": 2325000, "clause": "X 1.1"},
    "contribution_mode": {"value": "gross", "clause": "X 1.1"},
    "refusal_needs_reason": {"value": True, "clause": "X 1.1"},
    "refusal_acts": {"value": ["verbal", "written"], "clause": "X 1.1"},
    "client_groups": {"value": [{"code": "carer", "label": "Carer"}], "clause": "X 1.1"},
    "lot_2_weekly_fee_pence": {"unset": True, "clause": "X 1.1", "title": "Schedule IV"},
    "funding_weeks": {"unset": True, "clause": "X 1.1"},
    "x_local_rule": {"value": 3, "clause": None, "ours": True, "note": "A rule of the council's own."},
}


def a_pack(**changes: Any) -> PolicyPack:
    return load_pack(a_pack_text(**changes), schema=PackSchema.published())


class Texts:
    """A source of exactly these packs."""

    def __init__(self, *packs: PackText | str) -> None:
        self._packs = packs

    def packs(self) -> Iterator[PackText | str]:
        return iter(self._packs)


def load(*packs: PackText | str) -> Policies:
    return Policies.load([Texts(*packs)], bank_holidays=ListedBankHolidays())


def test_each_getter_gives_its_own_kind() -> None:
    pack = a_pack(values=VALUES)

    assert pack.number("minimum_age_years") == 18
    assert pack.pence("self_funder_capital_pence") == Pence(2325000)
    assert pack.text("contribution_mode") == "gross"
    assert pack.flag("refusal_needs_reason") is True
    assert pack.texts("refusal_acts") == ("verbal", "written")
    assert pack.table("client_groups")[0]["code"] == "carer"
    assert pack.value("x_local_rule") == 3


@pytest.mark.parametrize(
    "getter",
    [
        lambda pack: pack.number("self_funder_capital_pence"),
        lambda pack: pack.number("contribution_mode"),
        lambda pack: pack.number("refusal_needs_reason"),
        lambda pack: pack.pence("minimum_age_years"),
        lambda pack: pack.text("minimum_age_years"),
        lambda pack: pack.flag("minimum_age_years"),
        lambda pack: pack.texts("client_groups"),
        lambda pack: pack.table("refusal_acts"),
    ],
)
def test_a_getter_of_another_kind_is_a_mistake(getter: Callable[[PolicyPack], Any]) -> None:
    with pytest.raises(WrongPolicyKind, match="is not a"):
        getter(a_pack(values=VALUES))


def test_an_unset_value_stops_with_the_pack_and_its_name() -> None:
    pack = a_pack(values=VALUES)

    with pytest.raises(PolicyIncomplete, match=r"^policy incomplete: sample/2020-01-01 funding_weeks$"):
        pack.value("funding_weeks")
    with pytest.raises(PolicyIncomplete, match=r"^policy incomplete: Schedule IV "):
        pack.value("lot_2_weekly_fee_pence")
    assert not pack.sets("funding_weeks")
    assert pack.sets("minimum_age_years")


def test_a_known_name_that_the_pack_leaves_out_is_left_open() -> None:
    with pytest.raises(PolicyIncomplete, match=r"^policy incomplete: sample/2020-01-01 surplus_inform_weeks$"):
        a_pack().number("surplus_inform_weeks")
    with pytest.raises(PolicyIncomplete, match=r"^policy incomplete: sample/2020-01-01 urgent_start$"):
        a_pack().clock("urgent_start")


@pytest.mark.parametrize(
    "ask",
    [
        lambda pack: pack.value("surplus_inform_week"),
        lambda pack: pack.sets("surplus_inform_week"),
        lambda pack: pack.clock("C99"),
        lambda pack: pack.has_clock("referal_response"),
        lambda pack: pack.calendar("nights"),
    ],
)
def test_a_name_that_nobody_knows_is_a_mistake(ask: Callable[[PolicyPack], Any]) -> None:
    with pytest.raises(UnknownPolicyName, match=r"surplus_inform_week|C99|referal_response|nights"):
        ask(a_pack())


def test_what_a_pack_says_cannot_be_changed() -> None:
    row: Any = a_pack(values=VALUES).table("client_groups")[0]

    with pytest.raises(TypeError):
        row["code"] = "another"


def test_a_clock_that_falls_due_once_has_no_second_time() -> None:
    clock = a_pack().clock("referral_response")

    with pytest.raises(ValueError, match="falls due once"):
        clock.rule(occurrence=2, policy_version="sample/2020-01-01")
    with pytest.raises(ValueError, match="from 1"):
        clock.rule(occurrence=0, policy_version="sample/2020-01-01")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"values": {"minimum_age_year": {"value": 18, "clause": "X 1.1"}}}, "values"),
        ({"values": {"minimum_age_years": {"value": "18", "clause": "X 1.1"}}}, "values.minimum_age_years.value"),
        ({"values": {"minimum_age_years": {"value": -1, "clause": "X 1.1"}}}, "values.minimum_age_years.value"),
        ({"values": {"minimum_age_years": {"value": 18}}}, "values.minimum_age_years"),
        ({"values": {"minimum_age_years": {"value": 18, "clause": None}}}, "values.minimum_age_years"),
        ({"values": {"minimum_age_years": {"value": 18, "clause": "X 1", "ours": True}}}, "values.minimum_age_years"),
        ({"values": {"minimum_age_years": {"clause": "X 1.1"}}}, "values.minimum_age_years"),
        (
            {"values": {"minimum_age_years": {"value": 18, "unset": True, "clause": "X 1.1"}}},
            "values.minimum_age_years",
        ),
        ({"council_id": "Sample Council"}, "council_id"),
        ({"effective_on": "2020-02-31"}, "effective_on"),
        ({"clocks": {"referral_response": a_clock_entry(calendar="nights")}}, "clocks.referral_response.calendar"),
        ({"clocks": {"referral_response": a_clock_entry(limit=None)}}, "clocks.referral_response"),
        (
            {"clocks": {"referral_response": a_clock_entry(limit={"unit": "hours"})}},
            "clocks.referral_response.limit",
        ),
        (
            {"clocks": {"referral_response": a_clock_entry(limit={"unit": "immediately", "count": 1})}},
            "clocks.referral_response.limit",
        ),
        (
            {"clocks": {"referral_response": a_clock_entry(), "message_reply": a_clock_entry()}},
            "clocks.message_reply.id",
        ),
        (
            {
                "clocks": {
                    "council_review": a_clock_entry(
                        limit=None,
                        first=[{"count": 6, "unit": "weeks"}],
                        then={"count": 12, "unit": "months", "counted_from": "last_first"},
                    )
                }
            },
            "clocks.council_review.then.unit",
        ),
        ({"calendars": {"office": a_calendar_entry(opens="17:00", closes="09:00")}}, "calendars.office.closes"),
        ({"calendars": {"office": a_calendar_entry(days=[])}}, "calendars.office.days"),
        (
            {"calendars": {"office": a_calendar_entry(closures=[{"on": "2026-02-31", "name": "Staff day"}])}},
            "calendars.office.closures",
        ),
    ],
)
def test_a_bad_pack_is_refused_naming_the_place(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(PackRefused) as refused:
        a_pack(**changes)

    assert field in [error.field for error in refused.value.errors]
    assert refused.value.detail.startswith("sample.yaml is not a valid policy pack")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\na: 2\n", "'a' is there twice"),
        ("a: 0.5\n", "0.5 is not a whole number"),
        ("a: yes\n", "yes means yes or no in YAML"),
        ("1: a\n", "the key 1 is not text"),
        ("a: [\n", "is not YAML that can be read"),
        ("a: !!python/object/apply:os.getcwd []\n", "is not YAML that can be read"),
    ],
)
def test_yaml_that_could_be_misread_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(PackRefused, match=sentence):
        load_pack(PackText(name="sample.yaml", text=text), schema=PackSchema.published())


@pytest.mark.parametrize("text", ["", "just words", "[]"])
def test_a_document_that_is_no_pack_is_refused(text: str) -> None:
    with pytest.raises(PackRefused, match="is not a valid policy pack"):
        load_pack(PackText(name="sample.yaml", text=text), schema=PackSchema.published())


def test_a_pack_in_another_packs_place_is_refused() -> None:
    with pytest.raises(PackRefused, match=r"place says sample/2021-01-01"):
        load_pack(a_pack_text(version="sample/2021-01-01"), schema=PackSchema.published())


def test_versions_stand_side_by_side_and_the_day_decides() -> None:
    policies = load(a_pack_text(effective_on="2022-04-01"), a_pack_text(effective_on="2020-01-01"))

    assert policies.pack("sample", on=date(2022, 3, 31)).version == "sample/2020-01-01"
    assert policies.pack("sample", on=date(2022, 4, 1)).version == "sample/2022-04-01"
    assert policies.version("sample/2020-01-01").effective_on == date(2020, 1, 1)
    assert policies.councils() == ("sample",)


def test_a_council_or_day_or_version_without_a_pack_is_named() -> None:
    policies = load(a_pack_text())

    with pytest.raises(UnknownCouncil, match="elsewhere"):
        policies.pack("elsewhere", on=date(2026, 1, 1))
    with pytest.raises(NoPackInForce, match="policy incomplete: sample has no policy pack in force on 2019-12-31"):
        policies.pack("sample", on=date(2019, 12, 31))
    with pytest.raises(UnknownPolicyVersion, match="sample/2019-01-01"):
        policies.version("sample/2019-01-01")


def test_two_packs_of_the_same_version_are_refused() -> None:
    with pytest.raises(PackRefused, match="two policy packs sample/2020-01-01"):
        load(a_pack_text(), a_pack_text().text)


def test_a_third_partys_folder_of_packs_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "2020-01-01.yaml").write_text(a_pack_text().text, encoding="utf-8")
    (tmp_path / "README.md").write_text("not a pack", encoding="utf-8")
    source = FolderPacks(tmp_path)

    policies = Policies.load([source], bank_holidays=ListedBankHolidays())

    assert isinstance(source, PackSource)
    assert policies.councils() == ("sample",)


def test_the_published_schema_is_a_valid_schema_and_describes_every_name() -> None:
    schema = PackSchema.published()

    schema.validator.check_schema(schema.document)

    for section in ("values", "clocks"):
        for name, entry in schema.document["properties"][section]["properties"].items():
            assert entry["description"], name


def test_the_page_of_names_lists_exactly_the_names_of_the_schema() -> None:
    page = (Path(__file__).parents[3] / "docs" / "policy-names.md").read_text(encoding="utf-8")
    properties = PackSchema.published().document["properties"]

    listed = re.findall(r"^\| `([a-z0-9_]+)` \| (?:[a-z]+ \| )?([^|]+) \|", page, flags=re.MULTILINE)

    known = {**properties["clocks"]["properties"], **properties["values"]["properties"]}
    assert dict(listed) == {name: entry["description"] for name, entry in known.items()}
