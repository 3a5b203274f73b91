from __future__ import annotations

import threading

from shared.messaging.publishing import pending as pending_module
from shared.messaging.publishing.pending import Pending, Waiting
from tests.support.waiting import eventually, patience


def waiting(id: str, version: int = 1) -> Waiting:
    return Waiting(collection="cases", id=id, document={"_id": id, "version": version})


def versions(batch: list[Waiting]) -> dict[str, int]:
    return {each.id: each.document["version"] for each in batch if each.document}


def test_what_waits_longest_is_taken_first_and_no_more_than_asked_for():
    pending = Pending()
    for id in ("a", "b", "c"):
        pending.put(waiting(id))

    assert list(versions(pending.take(2))) == ["a", "b"]
    assert list(versions(pending.take(2))) == ["c"]


def test_a_record_that_waits_twice_is_taken_once_as_it_was_last_seen():
    pending = Pending()
    pending.put(waiting("a", 1))
    pending.put(waiting("a", 2))

    assert versions(pending.take(5)) == {"a": 2}


def test_nobody_takes_what_another_has_in_hand_until_it_is_given_back():
    pending = Pending()
    pending.put(waiting("a", 1))
    in_hand = pending.take(5)
    pending.put(waiting("a", 2))
    pending.put(waiting("b"))

    assert list(versions(pending.take(5))) == ["b"]
    pending.done(in_hand)
    assert versions(pending.take(5)) == {"a": 2}


def test_who_waits_is_woken_by_what_comes_and_by_the_end():
    pending = Pending()
    taken: list[list[Waiting]] = []
    taking = threading.Thread(target=lambda: [taken.append(pending.take(5)), taken.append(pending.take(5))])
    taking.start()

    pending.put(waiting("a"))
    eventually(lambda: taken)
    pending.close()
    taking.join(patience(20))

    assert [list(versions(batch)) for batch in taken] == [["a"], []]


def test_what_must_be_tried_again_comes_first_and_is_read_anew():
    pending = Pending()
    pending.put(waiting("a"))
    pending.put(waiting("b"))
    tried = pending.take(1)
    pending.put(waiting("c"))

    pending.done(tried, again=True)

    taken = pending.take(5)
    assert [each.id for each in taken] == ["a", "b", "c"]
    assert taken[0].document is None


def test_no_more_is_kept_in_mind_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(pending_module, "MOST", 4)
    pending = Pending()
    for id in "abcdef":
        pending.put(waiting(id))

    assert not pending.wait_for_room(0)
    assert [each.id for each in pending.take(9)] == list("abcd")
    assert pending.wait_for_room(0)
