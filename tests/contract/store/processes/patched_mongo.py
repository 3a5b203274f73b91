"""Adds to one counter from 20 greenlets of a patched process, through MongoDB, while a ticker ticks; prints JSON.

Arguments: the server's address, the database, the collection (migrated, with the counter in it).
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402 - patched first
import sys  # noqa: E402
from dataclasses import replace  # noqa: E402

from shared.store.documents import Documents, VersionChanged  # noqa: E402
from shared.store.mongo import MongoStore  # noqa: E402
from tests.contract.store.samples import CASES, a_case  # noqa: E402

WRITERS = 20


def main(url: str, database: str, collection: str) -> None:
    """Prints how often the loop turned while the writers waited for the server."""
    store = MongoStore(url, database)
    documents = store.documents(replace(CASES, name=collection))
    writers = [eventlet.spawn(_add_one, documents) for _ in range(WRITERS)]
    ticks = 0
    while not all(writer.dead for writer in writers):
        eventlet.sleep(0.001)
        ticks += 1
    for writer in writers:
        writer.wait()
    counter = documents.get("counter")
    store.close()
    sys.stdout.write(json.dumps({"ticks": ticks, "version": counter and counter["version"]}))


def _add_one(documents: Documents) -> None:
    while True:
        counter = documents.get("counter")
        assert counter is not None
        try:
            documents.replace(a_case("counter", counter["version"] + 1), version=counter["version"])
        except VersionChanged:
            continue
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
