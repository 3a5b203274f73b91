"""beancount: a text file that is loaded whole. It has no commits to time; what is timed is loading, which is its verification.

`python -m tests.performance.peers.ledgers.beancount_party FOLDER`
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader
from beancount.core import realization
from beancount.core.data import Transaction

from tests.performance.peers.ledgers.deeds import NOT_NOTICED, NOTICED
from tests.performance.peers.ledgers.work import FUNDS, OPENING_PENCE, Spend, serve

CHILDREN = ("Council", "Held", *(f"Payee{number}" for number in range(8)))


class Beancount:
    """One file, in whole pence."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ledger.beancount"

    def setup(self) -> None:
        with self._file.open("w") as file:
            for fund in range(FUNDS):
                file.writelines(f"2026-01-01 open Assets:F{fund}:{child} PENCE\n" for child in CHILDREN)
                file.write(_entry(fund, f"open-{fund}", "Council", "Held", OPENING_PENCE))

    def post(self, spend: Spend) -> None:
        self.post_many([spend])

    def post_many(self, spends: Sequence[Spend]) -> None:
        with self._file.open("a") as file:
            file.writelines(_entry(each.fund, each.key, "Held", f"Payee{each.payee}", each.pence) for each in spends)
            file.flush()
            os.fsync(file.fileno())

    def balance(self, fund: int) -> int:
        entries, _, _ = loader.load_file(str(self._file))
        held = realization.get(realization.realize(entries), f"Assets:F{fund}:Held")
        return int(held.balance.get_currency_units("PENCE").number) if held else 0

    def verify(self) -> tuple[bool, int]:
        entries, errors, _ = loader.load_file(str(self._file))
        return not errors, sum(isinstance(entry, Transaction) for entry in entries)

    def deeds(self) -> Mapping[str, Callable[[], str]]:
        """On a small file of its own, so that each is loaded in no time."""
        chance = random.Random(1)
        small = Beancount(self._file.parent)
        small._file = self._file.with_name("deeds.beancount")
        with small._file.open("w") as file:
            file.writelines(f"2026-01-01 open Assets:F0:{child} PENCE\n" for child in CHILDREN)
            file.write(_entry(0, "open", "Council", "Held", OPENING_PENCE))
        small.post_many([Spend(fund=0, payee=n, pence=chance.randrange(1000, 5000), key=f"deed-{n}") for n in range(3)])
        text = small._file.read_text()
        *before, one, other, last = text.split("\n\n")[:-1]
        keep = "\n\n".join(before) + "\n\n"
        changed = {
            "amount": [one.replace("-", "-1").replace("Payee0  ", "Payee0  1"), other, last],
            "memo": [one.replace('"spend"', '"another"'), other, last],
            "date": [one.replace("2026-01-02", "2026-01-03"), other, last],
            "key": [one.replace("deed-0", "another"), other, last],
            "order": [other, one, last],
            "dropped": [one, other],
            "swapped": [one.replace("Payee0", "Payee1"), other.replace("Payee1", "Payee0"), last],
        }
        return {name: lambda parts=parts: small._judged(keep, parts) for name, parts in changed.items()}

    def _judged(self, keep: str, parts: Sequence[str]) -> str:
        self._file.write_text(keep + "\n\n".join(parts) + "\n\n")
        return NOT_NOTICED if self.verify()[0] else NOTICED


def _entry(fund: int, key: str, out_of: str, into: str, pence: int) -> str:
    day = "2026-01-01" if out_of == "Council" else "2026-01-02"
    head = f'{day} * "spend"\n  key: "{key}"\n'
    return f"{head}  Assets:F{fund}:{out_of}  -{pence} PENCE\n  Assets:F{fund}:{into}  {pence} PENCE\n\n"


if __name__ == "__main__":
    serve(Beancount(Path(sys.argv[1])))
