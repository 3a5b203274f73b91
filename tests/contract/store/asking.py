"""The part of the contract about questions: conditions, orders, pages, counts."""

from __future__ import annotations

from typing import Any

import pytest

from shared.store.documents import (
    AnyOf,
    BadCursor,
    Between,
    Condition,
    Documents,
    Equal,
    Prefix,
    Undeclared,
)
from tests.contract.store.samples import NOON, a_case, all_pages, found_ids, hours_later, put_in


class AskingContract:
    """Conditions and counts."""

    @pytest.fixture
    def cases(self, documents: Documents) -> Documents:
        put_in(
            documents,
            a_case("a1", status="received", amount=100, is_overdue=True, due_at=NOON, needs=["x", "y"]),
            a_case("a2", status="accepted", amount=200, is_overdue=False, due_at=hours_later(1), needs=["y", "y"]),
            a_case("b1", status="refused", amount=-5, due_at=hours_later(2), needs=[]),
            a_case("b2", status=None, amount=None, due_at=None, needs=None, is_overdue=None),
            a_case("b3", status="received, in part", budget={}),
        )
        return documents

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (Equal(path="status", value="received"), ["a1"]),
            (Equal(path="status", value="nothing"), []),
            (Equal(path="status", value=None), ["b2"]),
            (Equal(path="budget.amount", value=200), ["a2"]),
            (Equal(path="budget.amount", value=None), ["b2", "b3"]),
            (Equal(path="is_overdue", value=True), ["a1"]),
            (Equal(path="is_overdue", value=False), ["a2"]),
            (Equal(path="due_at", value=NOON), ["a1"]),
            (Equal(path="needs", value="y"), ["a1", "a2"]),
            (Equal(path="needs", value=None), ["b2", "b3"]),
            (Equal(path="_id", value="b1"), ["b1"]),
            (Equal(path="_id", value=None), []),
            (AnyOf(path="status", values=["received", "refused", "other"]), ["a1", "b1"]),
            (AnyOf(path="status", values=("accepted", None)), ["a2", "b2"]),
            (AnyOf(path="status", values=[]), []),
            (AnyOf(path="status", values=[None]), ["b2"]),
            (AnyOf(path="needs", values=["x", "z"]), ["a1"]),
            (AnyOf(path="needs", values=["x", "y"]), ["a1", "a2"]),
            (AnyOf(path="needs", values=["x", None]), ["a1", "b2", "b3"]),
            (AnyOf(path="needs", values=[]), []),
            (AnyOf(path="_id", values=["a1", "b3"]), ["a1", "b3"]),
            (Between(path="budget.amount", low=-5, high=200), ["a1", "b1"]),
            (Between(path="budget.amount", low=-5, high=200, including_high=True), ["a1", "a2", "b1"]),
            (Between(path="budget.amount", low=100), ["a1", "a2"]),
            (Between(path="budget.amount", high=100), ["b1"]),
            (Between(path="budget.amount"), ["a1", "a2", "b1"]),
            (Between(path="due_at", low=hours_later(1), high=hours_later(2)), ["a2"]),
            (Between(path="status", low="b", high="received,"), ["a1"]),
            (Between(path="_id", low="a2", high="b2"), ["a2", "b1"]),
            (Prefix(path="status", start="re"), ["a1", "b1", "b3"]),
            (Prefix(path="status", start="received"), ["a1", "b3"]),
            (Prefix(path="status", start=""), ["a1", "a2", "b1", "b3"]),
            (Prefix(path="_id", start="b"), ["b1", "b2", "b3"]),
        ],
        ids=repr,
    )
    def test_a_condition_finds_and_counts_what_meets_it(
        self, cases: Documents, condition: Condition, expected: list[str]
    ) -> None:
        assert found_ids(cases, condition) == expected
        assert cases.count([condition]) == len(expected)

    def test_all_conditions_must_be_met(self, cases: Documents) -> None:
        where: list[Condition] = [
            Prefix(path="_id", start="a"),
            Between(path="budget.amount", low=50),
            Between(path="budget.amount", high=150),
            Equal(path="needs", value="x"),
            Equal(path="needs", value="y"),
        ]

        assert found_ids(cases, *where) == ["a1"]
        assert cases.count(where) == 1

    @pytest.mark.parametrize("start", ["100%", "a_", "[", "\ud7ff", "\U0010ffff", "é", "*", "a\0"])
    def test_a_prefix_is_taken_literally(self, documents: Documents, start: str) -> None:
        put_in(
            documents, a_case("c1", status=f"{start} and more"), a_case("c2", status=start), a_case("c3", status="ab")
        )

        assert found_ids(documents, Prefix(path="status", start=start)) == ["c1", "c2"]

    @pytest.mark.parametrize(
        "condition",
        [
            Equal(path="colour", value="red"),
            Equal(path="budget", value="red"),
            Between(path="needs", low="a"),
            Between(path="is_overdue", low=False),
            Prefix(path="budget.amount", start="1"),
            Prefix(path="needs", start="x"),
        ],
        ids=repr,
    )
    def test_what_is_not_declared_cannot_be_asked(self, cases: Documents, condition: Condition) -> None:
        with pytest.raises(Undeclared):
            cases.find([condition])
        with pytest.raises(Undeclared):
            cases.count([condition])
        with pytest.raises(Undeclared):
            cases.group_count("status", [condition])

    def test_an_order_and_a_grouping_must_be_declared(self, cases: Documents) -> None:
        with pytest.raises(Undeclared):
            cases.find(order="by-colour")
        with pytest.raises(Undeclared):
            cases.group_count("colour")

    @pytest.mark.parametrize(
        "condition",
        [
            Equal(path="status", value=1),
            Equal(path="budget.amount", value="1"),
            Equal(path="budget.amount", value=1.0),
            Equal(path="budget.amount", value=True),
            Equal(path="budget.amount", value=2**63),
            Equal(path="is_overdue", value=1),
            Equal(path="due_at", value="2026-03-02"),
            Equal(path="due_at", value=NOON.replace(tzinfo=None)),
            Equal(path="needs", value=["x"]),
            Equal(path="status", value={"$gt": ""}),
            AnyOf(path="status", values="received"),
            AnyOf(path="status", values=["received", 1]),
            Between(path="budget.amount", low="1"),
            Between(path="due_at", high=1),
        ],
        ids=repr,
    )
    def test_a_value_of_another_kind_cannot_be_asked_for(self, cases: Documents, condition: Condition) -> None:
        with pytest.raises(TypeError):
            cases.find([condition])

    def test_any_of_takes_many_values_up_to_its_limit(self, cases: Documents) -> None:
        many = [f"v{n}" for n in range(9_999)]

        assert found_ids(cases, AnyOf(path="status", values=[*many, "received"])) == ["a1"]
        with pytest.raises(ValueError, match="at most"):
            cases.find([AnyOf(path="status", values=[*many, "received", "refused"])])

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("status", {"received": 1, "accepted": 1, "refused": 1, "received, in part": 1}),
            ("budget.amount", {100: 1, 200: 1, -5: 1}),
            ("is_overdue", {True: 1, False: 1}),
            ("due_at", {NOON: 1, hours_later(1): 1, hours_later(2): 1}),
            ("needs", {"x": 1, "y": 2}),
        ],
    )
    def test_grouping_counts_documents_by_value_and_by_element(
        self, cases: Documents, path: str, expected: dict[Any, int]
    ) -> None:
        assert cases.group_count(path) == expected

    def test_grouping_counts_only_what_meets_the_conditions(self, cases: Documents) -> None:
        assert cases.group_count("needs", [Equal(path="status", value="received")]) == {"x": 1, "y": 1}
        assert cases.group_count("needs", [Equal(path="needs", value="x")]) == {"x": 1, "y": 1}
        assert cases.group_count("status", [AnyOf(path="needs", values=["y"])]) == {"received": 1, "accepted": 1}
        assert cases.group_count("status", [Equal(path="_id", value="none")]) == {}


class PagingContract:
    """Orders, pages and cursors."""

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (None, ["a", "b", "c", "d", "e", "f"]),
            ("last-id", ["f", "e", "d", "c", "b", "a"]),
            ("by-due", ["c", "f", "b", "d", "a", "e"]),
            ("latest-due", ["a", "e", "b", "d", "c", "f"]),
            ("by-status", ["d", "f", "b", "a", "e", "c"]),
            ("largest", ["d", "b", "a", "e", "f", "c"]),
            ("overdue-first", ["b", "d", "a", "c", "e", "f"]),
        ],
    )
    @pytest.mark.parametrize("limit", [1, 2, 5, 6])
    def test_pages_follow_the_order_with_ties_by_id_and_absent_values_lowest(
        self, documents: Documents, order: str | None, expected: list[str], limit: int
    ) -> None:
        put_in(
            documents,
            a_case("a", due_at=hours_later(2), status="x", amount=5, is_overdue=False, council_id="1"),
            a_case("b", due_at=hours_later(1), status="x", amount=9, is_overdue=True, council_id="1"),
            a_case("c", due_at=None, status="x"),
            a_case("d", due_at=hours_later(1), status=None, amount=9, is_overdue=True, council_id="2"),
            a_case("e", due_at=hours_later(2), status="x", amount=5),
            a_case("f", status=None, amount=1),
        )

        assert all_pages(documents, order=order, limit=limit) == expected

    def test_pages_of_a_question_with_conditions_hold_only_what_meets_them(self, documents: Documents) -> None:
        put_in(
            documents, *(a_case(f"c{n}", status="ab"[n % 2], needs=["x"] * (n % 3), amount=n // 4) for n in range(12))
        )
        where = [Equal(path="status", value="b"), Equal(path="needs", value="x")]

        assert all_pages(documents, *where, order="largest") == ["c11", "c5", "c7", "c1"]

    def test_nothing_is_missed_or_met_twice_while_documents_come_in(self, documents: Documents) -> None:
        there = [f"m{n:02}" for n in range(12)]
        put_in(documents, *(a_case(id, status="x", amount=n // 5) for n, id in enumerate(there)))
        fresh = iter(range(100))

        def come_in() -> None:
            n = next(fresh)
            put_in(
                documents, a_case(f"a{n:02}", status="x", amount=n % 3), a_case(f"z{n:02}", status="x", amount=n % 3)
            )

        seen = all_pages(documents, order="by-status", limit=3, between=come_in)

        assert len(seen) == len(set(seen))
        assert set(there) <= set(seen)

    def test_the_last_page_has_no_cursor_even_when_it_is_full(self, documents: Documents) -> None:
        put_in(documents, a_case("a"), a_case("b"))

        assert documents.find(limit=2).next is None
        assert documents.find(limit=1).next is not None

    def test_each_that_meets_the_conditions_is_read_through_once_by_id(self, documents: Documents) -> None:
        put_in(documents, *(a_case(f"c{n}", status="ab"[n % 2], due_at=NOON) for n in (3, 1, 2, 0)))

        every, some = list(documents.each()), list(documents.each([Equal(path="status", value="b")]))

        assert [found["_id"] for found in every] == ["c0", "c1", "c2", "c3"]
        assert [found["_id"] for found in some] == ["c1", "c3"]
        assert {str(found["due_at"]).replace("T", " ") for found in every} <= {str(NOON), f"{str(NOON)[:19]}.000+00:00"}
        with pytest.raises(Undeclared):
            list(documents.each([Equal(path="nothing", value="b")]))

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_page_holds_at_least_one(self, documents: Documents, limit: int) -> None:
        with pytest.raises(ValueError, match="limit"):
            documents.find(limit=limit)

    def test_a_cursor_fits_its_own_question_only(self, documents: Documents) -> None:
        put_in(documents, *(a_case(f"c{n}", status="x", due_at=NOON) for n in range(4)))
        asked = Equal(path="status", value="x")
        cursor = documents.find([asked], order="by-due", limit=1).next

        assert [found["_id"] for found in documents.find([asked], order="by-due", after=cursor).items] == [
            "c1",
            "c2",
            "c3",
        ]
        for where, order in [([], "by-due"), ([asked], None), ([asked], "latest-due")]:
            with pytest.raises(BadCursor):
                documents.find(where, order=order, after=cursor)
        with pytest.raises(BadCursor):
            documents.find([Equal(path="status", value="y")], order="by-due", after=cursor)

    @pytest.mark.parametrize(
        "cursor", ["", "nonsense", "é", "W10", "e30", "bnVsbA", "WyIiLCBbXV0", "=" * 9, "[" * 50_000]
    )
    def test_what_is_not_a_cursor_is_refused(self, documents: Documents, cursor: str) -> None:
        with pytest.raises(BadCursor):
            documents.find(after=cursor)
