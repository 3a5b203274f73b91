"""Opens a SQLite store (migrating it if it is the first), adds 1 to a counter a number of times, prints its retries."""

from __future__ import annotations

import sys
from pathlib import Path

from shared.store.documents import Documents, IdTaken, VersionChanged
from shared.store.sqlite import SqliteStore
from tests.contract.store.samples import CASES, a_case


def add_one(documents: Documents) -> int:
    """How often it had to be tried again."""
    retries = 0
    while True:
        counter = documents.get("counter")
        assert counter is not None
        try:
            documents.replace(a_case("counter", counter["version"] + 1), version=counter["version"])
        except VersionChanged:
            retries += 1
        else:
            return retries


def main(path: str, name: str, times: int) -> None:
    """Also inserts a document for each time, under its own name, all with keys that are contended."""
    documents = SqliteStore(Path(path)).documents(CASES)
    try:
        documents.insert(a_case("counter"))
    except IdTaken:
        sys.stderr.write(f"{name} was not the first\n")
    retries = 0
    for n in range(times):
        retries += add_one(documents)
        documents.insert_many([a_case(f"{name}-{n}", keys=[f"key-{n}"])])
    sys.stdout.write(f"{retries}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
