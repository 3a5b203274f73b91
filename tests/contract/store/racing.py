"""The part of the contract about many writers at once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier

from shared.store.documents import Documents, Equal, IdTaken, KeyTaken, VersionChanged
from tests.contract.store.samples import a_case, at_once
from tests.support.waiting import patience

WRITERS = 8


class RacingContract:
    """Compare-and-set and unique keys hold when threads race."""

    def test_no_increment_is_lost_when_eight_threads_add_25_each(self, documents: Documents) -> None:
        documents.insert(a_case("counter", amount=0))
        all_have_read = Barrier(WRITERS)

        def add(_: int) -> int:
            first = _add_one(documents, before_the_first_write=lambda: all_have_read.wait(patience(20)))
            return first + sum(_add_one(documents) for _ in range(24))

        retries = sum(at_once(WRITERS, add))

        assert documents.get("counter") == a_case("counter", 201, amount=200)
        assert retries >= WRITERS - 1, "each but one met another's write at least once"

    def test_one_of_many_racing_for_an_id_gets_it(self, documents: Documents) -> None:
        def take(writer: int) -> list[str]:
            return [_outcome(documents, a_case(f"c{n}", status=str(writer))) for n in range(10)]

        outcomes = at_once(WRITERS, take)

        for n in range(10):
            assert sorted(outcome[n] for outcome in outcomes) == ["IdTaken"] * (WRITERS - 1) + ["written"]

    def test_one_of_many_racing_for_a_key_gets_it(self, documents: Documents) -> None:
        def take(writer: int) -> list[str]:
            return [
                _outcome(documents, a_case(f"c{writer}-{n}", keys=[f"own{writer}-{n}", f"k{n}"])) for n in range(10)
            ]

        outcomes = at_once(WRITERS, take)

        for n in range(10):
            assert sorted(outcome[n] for outcome in outcomes) == ["one-key"] * (WRITERS - 1) + ["written"]
            assert documents.count([Equal(path="keys", value=f"k{n}")]) == 1
        assert documents.count() == 10

    def test_a_refusal_does_no_harm_to_those_who_write_at_the_same_time(self, documents: Documents) -> None:
        documents.insert(a_case("taken", keys=["k"]))

        def write(writer: int) -> list[str]:
            return [
                _outcome(documents, a_case(f"c{writer}-{n}", keys=["k"] if writer % 2 else [f"own{writer}-{n}"]))
                for n in range(20)
            ]

        outcomes = at_once(WRITERS, write)

        assert outcomes == [["one-key"] * 20 if writer % 2 else ["written"] * 20 for writer in range(WRITERS)]
        assert documents.count() == 1 + 20 * WRITERS // 2

    def test_readers_see_whole_documents_while_they_are_replaced(self, documents: Documents) -> None:
        documents.insert(a_case("c", amount=1, needs=["n1"]))

        def act(worker: int) -> bool:
            if worker == 0:
                for version in range(2, 40):
                    documents.replace(a_case("c", version, amount=version, needs=[f"n{version}"]), version=version - 1)
                return True
            return all(_is_whole(documents) for _ in range(40))

        assert all(at_once(4, act))


def _add_one(documents: Documents, *, before_the_first_write: Callable[[], object] = lambda: None) -> int:
    """How often it had to be tried again."""
    for retries in range(10_000):
        counter = documents.get("counter")
        assert counter is not None
        changed = a_case("counter", counter["version"] + 1, amount=counter["budget"]["amount"] + 1)
        if retries == 0:
            before_the_first_write()
        try:
            documents.replace(changed, version=counter["version"])
        except VersionChanged:
            continue
        return retries
    raise AssertionError("never got a turn")


def _outcome(documents: Documents, case: dict[str, object]) -> str:
    try:
        documents.insert(case)
    except IdTaken:
        return "IdTaken"
    except KeyTaken as refusal:
        return refusal.key
    return "written"


def _is_whole(documents: Documents) -> bool:
    found = documents.get("c")
    return found is not None and found == a_case(
        "c", found["version"], amount=found["version"], needs=[f"n{found['version']}"]
    )
