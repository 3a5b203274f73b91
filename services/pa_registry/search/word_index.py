"""Which documents have a word, by SQLite's full-text index in this process."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from services.pa_registry.search.analysis import words_of

Scope = Literal["anywhere", "headline"]
_WORDS_KEPT = 256


class WordIndex:
    """The words of headlines and texts. `on_disk`: in a temporary file that SQLite itself removes, not in memory.

    The answers about the last words asked are kept until the next write. Not safe for threads: the engine's lock is.
    """

    def __init__(self, *, on_disk: bool = False) -> None:
        self._db = sqlite3.connect("" if on_disk else ":memory:", isolation_level=None, check_same_thread=False)
        # Words arrive folded; `ascii` cuts only at the spaces between them and leaves letters of other scripts alone.
        self._db.execute(
            "create virtual table text using fts5(headline, about, tokenize='porter ascii', detail=column)"
        )
        self._known: OrderedDict[tuple[str, Scope], npt.NDArray[np.intp]] = OrderedDict()

    def write(self, texts: Iterable[tuple[int, str, str]], *, replaced: Sequence[int]) -> None:
        """Puts in the headline and the text of each slot, after taking out those that are replaced."""
        self._known.clear()
        self._db.execute("begin")
        self._db.executemany("delete from text where rowid = ?", [(slot,) for slot in replaced])
        self._db.executemany(
            "insert into text (rowid, headline, about) values (?, ?, ?)",
            [(slot, " ".join(words_of(headline)), " ".join(words_of(about))) for slot, headline, about in texts],
        )
        self._db.execute("commit")

    def slots_with(self, word: str, scope: Scope) -> npt.NDArray[np.intp]:
        """The documents that have a word, in any of its English forms."""
        key = (word, scope)
        if key not in self._known:
            self._known[key] = self._found(word, scope)
        self._known.move_to_end(key)
        while len(self._known) > _WORDS_KEPT:
            self._known.popitem(last=False)
        return self._known[key]

    def close(self) -> None:
        self._db.close()

    def _found(self, word: str, scope: Scope) -> npt.NDArray[np.intp]:
        # Quoted, so that no word is ever read as syntax; `words_of` leaves no quote in a word.
        sought = f'headline : "{word}"' if scope == "headline" else f'"{word}"'
        rows = self._db.execute("select rowid from text where text match ?", (sought,))
        return np.fromiter((slot for (slot,) in rows), dtype=np.intp)
