"""django-hordak on PostgreSQL: single entries as its documentation makes them, many by `bulk_create`, which is kinder.

`python -m tests.performance.peers.ledgers.hordak_party DSN`: a fund is an account with children `held` and `spent`; the key
is the transaction's uuid, which hordak does not keep unique.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlparse

import django
from django.conf import settings

from tests.performance.peers.ledgers.deeds import judged
from tests.performance.peers.ledgers.work import FUNDS, OPENING_PENCE, Spend, serve

CHILDREN = ("council", "held", "spent")


class Hordak:
    """Django set up for hordak alone."""

    def __init__(self, dsn: str) -> None:
        _set_django_up(dsn)
        from django.db import connection, transaction
        from djmoney.money import Money

        self._connection, self._atomic = connection, transaction.atomic
        self._money = lambda pence: Money(Decimal(pence) / 100, "GBP")
        self._accounts: dict[tuple[int, str], Any] = {}

    def setup(self) -> None:
        from django.core.management import call_command
        from hordak.models import Account

        call_command("migrate", verbosity=0)
        self._execute("TRUNCATE hordak_account, hordak_transaction, hordak_leg CASCADE")
        tree = {"type": "LI", "currencies": ["GBP"]}
        roots = Account.objects.bulk_create(
            Account(
                name=f"fund {n}", code=f"{n:05d}", tree_id=n + 1, lft=1, rght=2 + 2 * len(CHILDREN), level=0, **tree
            )
            for n in range(FUNDS)
        )
        children = Account.objects.bulk_create(
            Account(
                name=name, code=str(at), parent=root, tree_id=n + 1, lft=2 + 2 * at, rght=3 + 2 * at, level=1, **tree
            )
            for n, root in enumerate(roots)
            for at, name in enumerate(CHILDREN)
        )
        places = [(n, name) for n in range(FUNDS) for name in CHILDREN]
        self._accounts = dict(zip(places, children, strict=True))
        self._make([(fund, f"open-{fund}", "council", "held", OPENING_PENCE) for fund in range(FUNDS)])

    def post(self, spend: Spend) -> None:
        from hordak.models import Transaction

        with self._atomic():
            made = Transaction.objects.create(uuid=_uuid(spend.key), description="")
            for leg in self._legs(made, spend.fund, "held", "spent", spend.pence):
                leg.save()

    def post_many(self, spends: Sequence[Spend]) -> None:
        self._make([(spend.fund, spend.key, "held", "spent", spend.pence) for spend in spends])

    def balance(self, fund: int) -> int:
        from hordak.models import Account

        found = Account.objects.filter(pk=self._accounts[fund, "held"].pk).with_balances().get()
        return int(found.balance.monies()[0].amount * 100)

    def verify(self) -> tuple[bool, int]:
        from hordak.models import Account, Transaction

        try:
            Account.validate_accounting_equation()
        except Exception:  # its own error, or the database's: either way it says no
            return False, Transaction.objects.count()
        return True, Transaction.objects.count()

    def deeds(self) -> Mapping[str, Callable[[], str]]:
        for place in range(3):
            self.post(Spend(fund=FUNDS - 1, payee=0, pence=1000 + place, key=f"deed-{place}"))
        account = self._accounts[FUNDS - 1, "spent"].pk
        cursor = self._connection.cursor()
        cursor.execute(f"SELECT min(transaction_id), max(transaction_id) FROM hordak_leg WHERE account_id = {account}")
        deeds = _deeds(*cursor.fetchone())
        return judged(deeds, self._execute, lambda: self.verify()[0], at_the_end="SET CONSTRAINTS ALL IMMEDIATE")

    def _make(self, moves: Sequence[tuple[int, str, str, str, int]]) -> None:
        from hordak.models import Leg, Transaction

        with self._atomic():
            made = Transaction.objects.bulk_create(Transaction(uuid=_uuid(key), description="") for _, key, *_ in moves)
            legs = [
                leg
                for of, (fund, _, out_of, into, pence) in zip(made, moves, strict=True)
                for leg in self._legs(of, fund, out_of, into, pence)
            ]
            Leg.objects.bulk_create(legs)

    def _legs(self, of: Any, fund: int, out_of: str, into: str, pence: int) -> list[Any]:
        from hordak.models import Leg

        money = self._money(pence)
        return [
            Leg(transaction=of, account=self._accounts[fund, out_of], debit=money),
            Leg(transaction=of, account=self._accounts[fund, into], credit=money),
        ]

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)


def _deeds(one: int, other: int) -> dict[str, Sequence[str]]:
    more = "UPDATE hordak_leg SET debit = debit + {by}, credit = credit + {by} WHERE transaction_id = {of}"
    entry = "UPDATE hordak_transaction SET {what} WHERE id = {of}"
    return {
        "amount": [more.format(by=1, of=one)],
        "memo": [entry.format(what="description = 'another'", of=one)],
        "date": [entry.format(what="date = '2020-01-01'", of=one)],
        "key": [entry.format(what="uuid = gen_random_uuid()", of=one)],
        "order": [entry.format(what="timestamp = now() + interval '1 year'", of=one)],
        "dropped": [
            f"DELETE FROM hordak_leg WHERE transaction_id = {other}",
            f"DELETE FROM hordak_transaction WHERE id = {other}",
        ],
        "swapped": [more.format(by=1, of=one), more.format(by=-1, of=other)],
    }


def _uuid(key: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, key)


def _set_django_up(dsn: str) -> None:
    url = urlparse(dsn)
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path[1:],
                "USER": url.username,
                "HOST": url.hostname,
                "PORT": url.port,
                "CONN_MAX_AGE": None,
            }
        },
        SECRET_KEY="bench",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        CURRENCIES=["GBP"],
        DEFAULT_CURRENCY="GBP",
        HORDAK_INTERNAL_CURRENCY="GBP",
    )
    django.setup()


if __name__ == "__main__":
    serve(Hordak(sys.argv[1]))
