"""An oracle for exported books: a fold of the JSON lines in plain integers. Shares no code with the ledger, and must not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable


def folded(lines: Iterable[str]) -> tuple[dict[tuple[str, str], int], list[str]]:
    """What every account of every book comes to, and whatever is wrong on the way."""
    balances: dict[tuple[str, str], int] = defaultdict(int)
    wrong = []
    links: dict[str, tuple[int, str]] = defaultdict(lambda: (0, "0" * 64))
    for line in lines:
        entry = json.loads(line)
        book, number = entry["book"], entry["number"]
        last, link = links[book]
        if number == last + 1:
            if entry["previous_hash"] != link:
                wrong.append(f"{book} {number}: the link")
            links[book] = (number, entry["hash"])
        elif number != last:
            wrong.append(f"{book} {number}: after {last}")
        if sum(amount for _, amount, _ in entry["postings"]):
            wrong.append(f"{entry['entry_id']}: the sum")
        for account, amount, after in entry["postings"]:
            balances[book, account] += amount
            if balances[book, account] != after:
                wrong.append(f"{entry['entry_id']}: the balance of {account}")
    return dict(balances), wrong
