"""Writes to a SQLite store from several threads and prints what has been acknowledged, until it is killed.

Arguments: the file, and `early` to acknowledge before writing, which is wrong and must be found out.
"""

from __future__ import annotations

import sys
import threading
from itertools import count
from pathlib import Path

from shared.store.sqlite import SqliteStore
from tests.contract.store.samples import CASES, a_case

WRITERS = 8


def main(path: str, manner: str) -> None:
    """Runs until it is killed."""
    documents = SqliteStore(Path(path)).documents(CASES)
    printing = threading.Lock()

    def acknowledge(text: str) -> None:
        with printing:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def write(writer: int) -> None:
        counter = f"counter-{writer}"
        documents.insert(a_case(counter))
        for n in count(2):
            id = f"case-{writer}-{n}"
            if manner == "early":
                acknowledge(f"inserted {id}")
            documents.insert(a_case(id, needs=[id], keys=[f"key of {id}"], held="x" * 500))
            documents.replace(a_case(counter, n), version=n - 1)
            if manner != "early":
                acknowledge(f"inserted {id}")
                acknowledge(f"replaced {counter} {n}")

    for writer in range(WRITERS):
        threading.Thread(target=write, args=(writer,)).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
