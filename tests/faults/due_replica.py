"""One replica of a service that moves money between purses: it sweeps for due processes until it is killed.

Arguments: the store's address, the service's name, the length of its leases in seconds, and a seed. Its clock jumps by five
minutes, forwards and backwards, several times a second.
"""

from __future__ import annotations

import logging
import random
import sys
import threading
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from shared.clock import SystemClock
from shared.store.documents import StoreAway
from shared.store.opening import StoreOptions, open_store
from tests.support.purses import Bank

OPTIONS = StoreOptions(synchronous="NORMAL")
JUMPS = (timedelta(minutes=-5), timedelta(0), timedelta(minutes=5))
PAUSE_SECONDS = 0.01
HONEST = 20
"""How often the clock is asked, on average, between two jumps."""


class JumpingClock:
    """The machine's clock, now and then five minutes early or late."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._offset = timedelta(0)

    def now(self) -> datetime:
        if self._draw.randrange(HONEST) == 0:
            self._offset = self._draw.choice(JUMPS)
        return SystemClock().now() + self._offset


def main(store_url: str, service: str, lease_seconds: float, seed: str) -> None:
    """Runs until it is killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    store = open_store(store_url, service, options=OPTIONS)
    bank = Bank(store, clock=JumpingClock(random.Random(seed)), owner=seed, lease_seconds=lease_seconds)
    sys.stdout.write("sweeping\n")
    sys.stdout.flush()
    never = threading.Event()
    while not never.wait(PAUSE_SECONDS):
        with suppress(StoreAway):
            bank.sweep()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4])
