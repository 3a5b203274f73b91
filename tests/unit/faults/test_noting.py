"""What members note tells a broker's repeat of an applied message from a publisher's, and from one that was never applied."""

from __future__ import annotations

from tests.faults.fleet import applied_before


def test_a_message_given_out_again_after_it_was_applied_is_found():
    assert applied_before([("before-effect", "e1"), ("came-again", "e1"), ("known-already", "e1")]) == ["e1"]


def test_a_prefetched_message_that_was_never_applied_is_none():
    assert applied_before([("came-again", "e1"), ("before-effect", "e1"), ("known-already", "e1")]) == []


def test_a_publishers_repeat_is_none():
    assert applied_before([("before-effect", "e1"), ("known-already", "e1")]) == []
