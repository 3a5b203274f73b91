"""The part of the contract about values: what comes back exactly, and what is refused because some engine could not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from shared.store.documents import Documents, Equal
from tests.contract.store.samples import NOON, a_case, found_ids


class Status(StrEnum):
    RECEIVED = "received"


class ValuesContract:
    """What a document may hold."""

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            False,
            0,
            -1,
            2**31,
            2**63 - 1,
            -(2**63),
            "",
            "Llanfair \u00e9 \U0001f600 \ud7ff \U0010ffff",
            'quotes " and \\ and {"$at":1}',
            "a\0b",
            [],
            {},
            [1, ["two", {"three": None}], {}],
            {"deep": {"er": [{"still": True}]}, "with space": 1, "é": 2, "": 3},
        ],
    )
    def test_a_value_comes_back_exactly(self, documents: Documents, value: Any) -> None:
        documents.insert(a_case("c1", held=value))

        kept = documents.get("c1")

        assert kept is not None
        assert kept["held"] == value
        assert type(kept["held"]) is type(value)

    @pytest.mark.parametrize(
        "instant",
        [
            datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        ],
    )
    def test_an_instant_comes_back_exactly_and_aware(self, documents: Documents, instant: datetime) -> None:
        documents.insert(a_case("c1", due_at=instant, log=[{"at": instant}]))

        kept = documents.get("c1")

        assert kept is not None
        assert (kept["due_at"], kept["log"]) == (instant, [{"at": instant}])
        assert kept["due_at"].utcoffset() == timedelta()
        assert found_ids(documents, Equal(path="due_at", value=instant)) == ["c1"]

    @pytest.mark.parametrize("year", [1960, 2026])
    def test_an_instant_loses_what_is_below_a_millisecond_stored_and_asked(
        self, documents: Documents, year: int
    ) -> None:
        instant = datetime(year, 1, 1, 0, 0, 0, 123_999, tzinfo=UTC)

        documents.insert(a_case("c1", due_at=instant))

        kept = documents.get("c1")
        assert kept is not None
        assert kept["due_at"] == instant.replace(microsecond=123_000)
        assert found_ids(documents, Equal(path="due_at", value=instant)) == ["c1"]

    def test_an_instant_of_another_zone_comes_back_in_utc(self, documents: Documents) -> None:
        summer = NOON.astimezone(timezone(timedelta(hours=1)))

        documents.insert(a_case("c1", due_at=summer))

        kept = documents.get("c1")
        assert kept is not None
        assert (kept["due_at"], kept["due_at"].utcoffset()) == (NOON, timedelta())

    def test_tuples_come_back_as_lists_and_enumerated_texts_as_texts(self, documents: Documents) -> None:
        documents.insert(a_case("c1", needs=("a", "b"), status=Status.RECEIVED))

        kept = documents.get("c1")

        assert kept == a_case("c1", needs=["a", "b"], status="received")
        assert type(kept["status"]) is str
        assert found_ids(documents, Equal(path="status", value=Status.RECEIVED)) == ["c1"]

    @pytest.mark.parametrize(
        "value",
        [
            1.0,
            float("nan"),
            [0.5],
            {"a": {"b": 2.5}},
            2**63,
            -(2**63) - 1,
            datetime(2026, 1, 1),  # noqa: DTZ001 - being naive is the point
            date(2026, 1, 1),
            b"bytes",
            {1, 2},
            pytest.param(object(), id="an object"),
            "half of a pair \ud800",
            {1: "a"},
            {None: "a"},
            {"a.b": 1},
            {"$set": 1},
            {"nul\0": 1},
            {"\ud800": 1},
        ],
        ids=repr,
    )
    def test_a_value_that_not_every_engine_keeps_is_refused_and_nothing_is_written(
        self, documents: Documents, value: Any
    ) -> None:
        documents.insert(a_case("old"))

        with pytest.raises(TypeError, match="held"):
            documents.insert(a_case("c1", held=value))
        with pytest.raises(TypeError, match="held"):
            documents.replace(a_case("old", 2, held=value), version=1)

        assert documents.get("c1") is None
        assert documents.get("old") == a_case("old")

    @pytest.mark.parametrize(
        "document",
        [
            {"version": 1},
            {"_id": 7, "version": 1},
            {"_id": "", "version": 1},
            {"_id": "c1"},
            {"_id": "c1", "version": 0},
            {"_id": "c1", "version": "1"},
            {"_id": "c1", "version": True},
        ],
        ids=repr,
    )
    def test_a_document_needs_an_id_and_a_version(self, documents: Documents, document: dict[str, Any]) -> None:
        with pytest.raises(TypeError, match=r"_id|version"):
            documents.insert(document)

        assert documents.count() == 0

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": 1},
            {"status": ["received"]},
            {"budget": {"amount": "12"}},
            {"budget": {"amount": True}},
            {"budget": [{"amount": 12}]},
            {"is_overdue": 1},
            {"due_at": "2026-03-02"},
            {"needs": "large-print"},
            {"needs": [1]},
            {"needs": [None]},
        ],
        ids=repr,
    )
    def test_a_declared_field_holds_its_declared_kind_only(self, documents: Documents, fields: dict[str, Any]) -> None:
        with pytest.raises(TypeError, match="declared"):
            documents.insert({"_id": "c1", "version": 1, **fields})

        assert documents.count() == 0

    def test_a_document_nested_beyond_the_limit_is_refused(self, documents: Documents) -> None:
        held: list[Any] = []
        for _ in range(100):
            held = [held]

        with pytest.raises(TypeError, match="nested"):
            documents.insert(a_case("c1", held=held))

    def test_a_document_beyond_the_size_limit_is_refused(self, documents: Documents) -> None:
        with pytest.raises(TypeError, match="larger"):
            documents.insert(a_case("c1", held="x" * (17 * 1024 * 1024)))

        assert documents.get("c1") is None

    def test_a_large_document_is_kept(self, documents: Documents) -> None:
        held = ["é" * 1000] * 1000

        documents.insert(a_case("c1", held=held))

        kept = documents.get("c1")
        assert kept is not None
        assert kept["held"] == held
