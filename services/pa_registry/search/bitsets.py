"""One bit per document for each value: a conjunction or a count over 100,000 documents takes microseconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint64]
Slots = npt.NDArray[np.intp]
_WORD_BITS = 64
_FEW = 3


class Bitsets:
    """A matrix of bits that grows: a row for each value, a column (slot) for each document."""

    def __init__(self) -> None:
        self._bits = np.zeros((64, 16), dtype=np.uint64)
        self._rows = 0

    @property
    def slots(self) -> int:
        """How many documents there is room for."""
        return self._bits.shape[1] * _WORD_BITS

    def add_row(self) -> int:
        """The index of a new, empty row."""
        if self._rows == len(self._bits):
            self._bits = np.concatenate((self._bits, np.zeros_like(self._bits)))
        self._rows += 1
        return self._rows - 1

    def reserve(self, slots: int) -> None:
        """Makes room for at least this many documents."""
        words = self._bits.shape[1]
        while words * _WORD_BITS < slots:
            words *= 2
        if words > self._bits.shape[1]:
            grown = np.zeros((len(self._bits), words), dtype=np.uint64)
            grown[:, : self._bits.shape[1]] = self._bits
            self._bits = grown

    def set(self, rows: Sequence[int], slots: Sequence[int]) -> None:
        """Gives each of the documents the value beside it."""
        at = np.asarray(slots, dtype=np.int64)
        places = np.asarray(rows, dtype=np.int64) * self._bits.shape[1] + at // _WORD_BITS
        np.bitwise_or.at(self._bits.reshape(-1), places, _bit(at))

    def clear(self, slot: int) -> None:
        """Takes every value from a document."""
        self._bits[: self._rows, slot // _WORD_BITS] &= ~_bit(np.int64(slot))

    def none(self) -> Mask:
        """No document."""
        return np.zeros(self._bits.shape[1], dtype=np.uint64)

    def any_of(self, rows: Sequence[int]) -> Mask:
        """The documents that have at least one of these values."""
        return np.bitwise_or.reduce(self._bits[np.asarray(rows, dtype=np.intp)], axis=0) if rows else self.none()

    def counts(self, mask: Mask, rows: Sequence[int] | None = None) -> list[int]:
        """How many of the masked documents have each value; of all rows unless some are named."""
        bits = self._bits[: self._rows] if rows is None else self._bits[np.asarray(rows, dtype=np.intp)]
        occupied = np.flatnonzero(mask)
        if len(occupied) * _FEW < len(mask):  # few are left: look only at the words that hold one
            bits, mask = bits[:, occupied], mask[occupied]
        numbers: npt.NDArray[np.int64] = np.bitwise_count(bits & mask).sum(axis=1, dtype=np.int64)
        return [int(number) for number in numbers]

    def holds(self, rows: Sequence[int], slots: Slots) -> npt.NDArray[np.bool_]:
        """For each row, whether each document has its value."""
        words = self._bits[np.asarray(rows, dtype=np.intp)[:, None], slots // _WORD_BITS]
        held: npt.NDArray[np.bool_] = (words & _bit(slots)) != 0
        return held

    def mask_of(self, flags: npt.NDArray[np.bool_]) -> Mask:
        """The mask of the documents whose flag is up; flags may be fewer than slots."""
        packed = np.zeros(self._bits.shape[1] * 8, dtype=np.uint8)
        some = np.packbits(flags, bitorder="little")
        packed[: len(some)] = some
        return packed.view(np.uint64)


def slots_in(mask: Mask) -> Slots:
    """The documents of a mask, in order."""
    return np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little"))


def _bit(slots: npt.NDArray[np.int64] | np.int64) -> npt.NDArray[np.uint64]:
    return np.left_shift(np.uint64(1), np.asarray(slots % _WORD_BITS, dtype=np.uint64))
