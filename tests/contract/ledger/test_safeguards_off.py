"""With any one safeguard switched off, the test of the whole book goes red: it can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.ledger.handlers import corrections, posting
from services.ledger.model import blocks
from services.ledger.ports import HeadMoved
from services.ledger.store import StoredBooks
from shared.errors import StewardError
from shared.store.documents import IdTaken, KeyTaken
from tests.contract.ledger.test_book_state import BookMachine

SEARCH = settings(
    max_examples=300,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)

SwitchOff = Callable[[pytest.MonkeyPatch], None]


def no_limits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blocks, "is_within_limit", lambda _account, _balance: True)


def no_look_for_the_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(posting, "block_posted_before", lambda _cause, _books: None)
    patch.setattr(blocks.Block, "keys", property(lambda _block: []))


def no_place_for_one_writer_only(patch: pytest.MonkeyPatch) -> None:
    """Whoever comes second overwrites the first."""

    def append(books: StoredBooks, block: Any, events: Any, *, cause: Any) -> None:
        document = books._document(block, events, cause)
        try:
            books._documents.insert(document)
        except KeyTaken as error:
            raise HeadMoved(block.block_id) from error
        except IdTaken:
            version = stored["version"] if (stored := books._documents.get(block.block_id)) else 1
            books._documents.replace(document | {"version": version + 1}, version=version)

    patch.setattr(StoredBooks, "append", append)


def no_look_for_an_earlier_reversal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StoredBooks, "reversal_of", lambda _books, _entry_id: None)
    patch.setattr(blocks.Block, "reverses", property(lambda _block: []))


def no_balance_carried_on(patch: pytest.MonkeyPatch) -> None:
    honest = blocks.next_block

    def forgetful(head: Any, drafts: Any, **how: Any) -> Any:
        return honest(
            blocks.Head(book=head.book, number=head.number, hash=head.hash, sequence=head.sequence), drafts, **how
        )

    patch.setattr(posting, "next_block", forgetful)


def no_opposite_legs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(corrections, "undone", lambda entry: entry.draft.legs)


@pytest.mark.parametrize(
    "switch_off",
    [
        no_limits,
        no_look_for_the_key,
        no_place_for_one_writer_only,
        no_look_for_an_earlier_reversal,
        no_balance_carried_on,
        no_opposite_legs,
    ],
    ids=lambda safeguard: safeguard.__name__,
)
def test_the_book_s_test_goes_red_without(switch_off: SwitchOff, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_off(monkeypatch)

    with pytest.raises((AssertionError, pytest.fail.Exception, StewardError)):
        run_state_machine_as_test(BookMachine, settings=SEARCH)
