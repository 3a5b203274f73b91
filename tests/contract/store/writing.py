"""The part of the contract about writing: what is refused, by which name, and that a refusal leaves nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shared.store.documents import (
    Collection,
    Documents,
    Equal,
    IdTaken,
    KeyTaken,
    VersionChanged,
)
from tests.contract.store.conftest import Open
from tests.contract.store.samples import CASES, NOON, a_case, found_ids, put_in


class WritingContract:
    """Inserts, replacements and unique keys."""

    def test_a_document_comes_back_as_it_went_in(self, documents: Documents) -> None:
        case = a_case("c1", council_id="cheshire-east", amount=12_345, due_at=NOON, needs=["large-print"], notes=None)

        documents.insert(case)

        assert documents.get("c1") == case

    def test_what_is_not_there_is_none(self, documents: Documents) -> None:
        assert documents.get("nobody") is None

    def test_writing_leaves_the_callers_document_alone(self, documents: Documents) -> None:
        case = a_case("c1", needs=["large-print"], due_at=NOON)
        before = copy.deepcopy(case)

        documents.insert(case)
        documents.insert_many([case])
        case["version"] = before["version"] = 2
        documents.replace(case, version=1)

        assert case == before

    def test_an_id_can_be_taken_once(self, documents: Documents) -> None:
        documents.insert(a_case("c1", status="received"))

        with pytest.raises(IdTaken):
            documents.insert(a_case("c1", status="accepted"))

        assert documents.get("c1") == a_case("c1", status="received")

    def test_a_repeat_of_a_document_with_keys_is_told_by_its_id(self, documents: Documents) -> None:
        case = a_case("c1", council_id="a", reference="r1", keys=["k1"])
        documents.insert(case)

        with pytest.raises(IdTaken):
            documents.insert(case)
        assert [type(refusal) for refusal in documents.insert_many([case])] == [IdTaken]

    def test_a_key_can_be_taken_once_and_the_refusal_names_it(self, documents: Documents) -> None:
        documents.insert(a_case("c1", council_id="a", reference="r1"))

        with pytest.raises(KeyTaken) as refused:
            documents.insert(a_case("c2", council_id="a", reference="r1", needs=["x"]))

        assert (refused.value.key, refused.value.collection) == ("reference", documents.collection.name)
        assert documents.get("c2") is None
        assert documents.count([Equal(path="needs", value="x")]) == 0

    def test_a_compound_key_counts_all_its_fields(self, documents: Documents) -> None:
        documents.insert(a_case("c1", council_id="a", reference="r1"))

        documents.insert(a_case("c2", council_id="b", reference="r1"))
        documents.insert(a_case("c3", council_id="a", reference="r2"))

        assert documents.count() == 3

    @pytest.mark.parametrize("lacking", [{}, {"reference": None}, {"council_id": None, "reference": "r1"}])
    def test_documents_lacking_a_field_of_a_key_are_outside_it(
        self, documents: Documents, lacking: dict[str, Any]
    ) -> None:
        documents.insert(a_case("c1", **lacking))

        documents.insert(a_case("c2", **lacking))

        assert found_ids(documents) == ["c1", "c2"]

    def test_no_two_documents_share_an_element_of_a_unique_texts_field(self, documents: Documents) -> None:
        documents.insert(a_case("c1", keys=["k1", "k2"]))

        with pytest.raises(KeyTaken) as refused:
            documents.insert(a_case("c2", keys=["k3", "k2"]))

        assert refused.value.key == "one-key"
        assert documents.get("c2") is None
        documents.insert(a_case("c3", keys=["k3", "k3"]))
        documents.insert(a_case("c4", keys=[]))
        documents.insert(a_case("c5", keys=[]))

    def test_a_key_over_a_text_and_texts_holds_for_each_pair(self, documents: Documents) -> None:
        documents.insert(a_case("c1", scheme="nhs", aliases=["1", "2"]))
        documents.insert(a_case("c2", scheme="case", aliases=["1", "2"]))

        with pytest.raises(KeyTaken) as refused:
            documents.insert(a_case("c3", scheme="nhs", aliases=["2", "3"]))

        assert refused.value.key == "alias-in-scheme"
        documents.insert(a_case("c4", scheme="nhs", aliases=["3"]))
        documents.insert(a_case("c5", aliases=["1", "2", "3"]))

    def test_a_key_given_up_by_a_replacement_is_free_again(self, documents: Documents) -> None:
        documents.insert(a_case("c1", council_id="a", reference="r1", keys=["k1"]))

        documents.replace(a_case("c1", 2, council_id="a", reference="r2", keys=["k2"]), version=1)

        documents.insert(a_case("c2", council_id="a", reference="r1", keys=["k1"]))
        with pytest.raises(KeyTaken):
            documents.insert(a_case("c3", keys=["k2"]))

    def test_a_replacement_needs_the_stored_version(self, documents: Documents) -> None:
        documents.insert(a_case("c1", status="received"))
        documents.replace(a_case("c1", 2, status="accepted"), version=1)

        with pytest.raises(VersionChanged):
            documents.replace(a_case("c1", 2, status="refused"), version=1)

        assert documents.get("c1") == a_case("c1", 2, status="accepted")

    def test_a_replacement_ahead_of_the_stored_version_is_refused(self, documents: Documents) -> None:
        documents.insert(a_case("c1", status="received"))

        with pytest.raises(VersionChanged):
            documents.replace(a_case("c1", 3, status="accepted"), version=2)

        assert documents.get("c1") == a_case("c1", status="received")

    def test_a_replacement_of_nothing_is_refused(self, documents: Documents) -> None:
        with pytest.raises(VersionChanged):
            documents.replace(a_case("c1", 2), version=1)

        assert documents.count() == 0

    def test_a_replacement_must_change_the_version(self, documents: Documents) -> None:
        documents.insert(a_case("c1"))

        with pytest.raises(ValueError, match="version"):
            documents.replace(a_case("c1", status="accepted"), version=1)

    def test_a_replacement_that_would_take_anothers_key_changes_nothing(self, documents: Documents) -> None:
        documents.insert(a_case("c1", keys=["k1"], needs=["a"]))
        documents.insert(a_case("c2", keys=["k2"], needs=["b"]))

        with pytest.raises(KeyTaken) as refused:
            documents.replace(a_case("c2", 2, keys=["k1"], needs=["c"]), version=1)

        assert refused.value.key == "one-key"
        assert documents.get("c2") == a_case("c2", keys=["k2"], needs=["b"])
        assert documents.group_count("needs") == {"a": 1, "b": 1}
        with pytest.raises(KeyTaken):
            documents.insert(a_case("c3", keys=["k2"]))

    def test_a_replacement_may_keep_its_own_keys(self, documents: Documents) -> None:
        documents.insert(a_case("c1", council_id="a", reference="r1", keys=["k1"]))

        documents.replace(a_case("c1", 2, council_id="a", reference="r1", keys=["k1", "k9"]), version=1)

        assert found_ids(documents, Equal(path="keys", value="k9")) == ["c1"]

    def test_a_replacement_is_found_by_what_it_says_now_only(self, documents: Documents) -> None:
        documents.insert(a_case("c1", status="received", needs=["a"], amount=1))

        documents.replace(a_case("c1", 2, needs=["b"]), version=1)

        assert found_ids(documents, Equal(path="status", value="received")) == []
        assert found_ids(documents, Equal(path="status", value=None)) == ["c1"]
        assert found_ids(documents, Equal(path="needs", value="a")) == []
        assert found_ids(documents, Equal(path="needs", value="b")) == ["c1"]

    def test_insert_many_tells_of_each_document_on_its_own(self, documents: Documents) -> None:
        documents.insert(a_case("old", keys=["k1"]))
        new = [
            a_case("c1"),
            a_case("old"),
            a_case("c2", keys=["k1"]),
            a_case("c3", council_id="a", reference="r1"),
            a_case("c4", council_id="a", reference="r1"),
            a_case("c1"),
            a_case("c5", keys=["k5"]),
        ]

        outcomes = documents.insert_many(new)

        kinds = [type(outcome).__name__ if outcome else "written" for outcome in outcomes]
        assert kinds == ["written", "IdTaken", "KeyTaken", "written", "KeyTaken", "IdTaken", "written"]
        assert [outcome.key for outcome in outcomes if isinstance(outcome, KeyTaken)] == ["one-key", "reference"]
        assert found_ids(documents) == ["c1", "c3", "c5", "old"]

    def test_insert_many_of_nothing_does_nothing(self, documents: Documents) -> None:
        assert documents.insert_many([]) == []

    def test_insert_many_with_one_that_cannot_be_kept_writes_none(self, documents: Documents) -> None:
        with pytest.raises(TypeError, match="amount"):
            documents.insert_many([a_case("c1"), a_case("c2", amount=1.5)])

        assert documents.count() == 0

    def test_collections_do_not_see_one_another(self, open_documents: Open) -> None:
        here, there = open_documents(CASES), open_documents(Collection(name="people"))

        here.insert(a_case("c1"))

        assert there.get("c1") is None
        there.insert(a_case("c1"))
        assert (here.count(), there.count()) == (1, 1)

    def test_hundreds_of_documents_go_in_at_once(self, documents: Documents) -> None:
        put_in(documents, *(a_case(f"c{n:04}", amount=n) for n in range(700)))

        assert documents.count() == 700
