"""PostgreSQL by hand: tables, a key, kept balances with a floor, a deferred check that entries sum to nought.

`python -m tests.performance.peers.ledgers.postgresql_party DSN`
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

import psycopg

from tests.performance.peers.ledgers.deeds import judged, sql_deeds
from tests.performance.peers.ledgers.work import FUNDS, OPENING_PENCE, Spend, serve

TABLES = """
DROP SCHEMA IF EXISTS ledger CASCADE;
CREATE SCHEMA ledger;
SET search_path = ledger;
CREATE TABLE entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fund int NOT NULL, key text NOT NULL UNIQUE,
                    recorded_at timestamptz NOT NULL DEFAULT now(), memo text NOT NULL DEFAULT '');
CREATE TABLE posting (entry bigint NOT NULL REFERENCES entry, fund int NOT NULL, account text NOT NULL,
                      pence bigint NOT NULL, after bigint NOT NULL, PRIMARY KEY (entry, account));
CREATE TABLE balance (fund int, account text, pence bigint NOT NULL, PRIMARY KEY (fund, account),
                      CHECK (account <> 'held' OR pence >= 0));
CREATE FUNCTION sums_to_nought() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(pence) FROM ledger.posting WHERE entry = coalesce(NEW.entry, OLD.entry)) <> 0 THEN
    RAISE EXCEPTION 'the entry does not sum to nought' USING errcode = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER nought AFTER INSERT OR UPDATE OR DELETE ON posting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sums_to_nought();
CREATE FUNCTION move(of_fund int, with_key text, out_of text, put_to text, moved bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE made bigint; step record; stands bigint;
BEGIN
  INSERT INTO ledger.entry (fund, key) VALUES (of_fund, with_key) ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
  IF made IS NULL THEN RETURN false; END IF;
  FOR step IN SELECT * FROM (VALUES (put_to, moved), (out_of, -moved)) AS leg (account, pence) LOOP
    UPDATE ledger.balance AS b SET pence = b.pence + step.pence
      WHERE b.fund = of_fund AND b.account = step.account RETURNING b.pence INTO stands;
    IF NOT FOUND THEN
      INSERT INTO ledger.balance VALUES (of_fund, step.account, step.pence) RETURNING pence INTO stands;
    END IF;
    INSERT INTO ledger.posting VALUES (made, of_fund, step.account, step.pence, stands);
  END LOOP;
  RETURN true;
END $$;
"""
MOVE = "SELECT ledger.move(%s, %s, %s, %s, %s)"


class PostgreSql:
    """One connection, one function call an entry."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._ask = self._connection.execute

    def setup(self) -> None:
        self._ask(TABLES)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                MOVE, [(fund, f"open-{fund}", "council", "held", OPENING_PENCE) for fund in range(FUNDS)]
            )

    def post(self, spend: Spend) -> None:
        self._ask(MOVE, _asked(spend))

    def post_many(self, spends: Sequence[Spend]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(MOVE, [_asked(spend) for spend in sorted(spends, key=lambda spend: spend.fund)])

    def balance(self, fund: int) -> int:
        return self._number(f"SELECT pence FROM balance WHERE fund = {fund} AND account = 'held'")

    def verify(self) -> tuple[bool, int]:
        unbalanced = self._number(
            "SELECT count(*) FROM (SELECT 1 FROM posting GROUP BY entry HAVING sum(pence) <> 0) x"
        )
        wrong = self._number(
            "SELECT count(*) FROM balance LEFT JOIN (SELECT fund, account, sum(pence) AS total FROM posting"
            " GROUP BY 1, 2) sums USING (fund, account) WHERE balance.pence <> coalesce(total, 0)"
        )
        return not unbalanced and not wrong, self._number("SELECT count(*) FROM entry")

    def deeds(self) -> Mapping[str, Callable[[], str]]:
        for place in range(3):
            self.post(Spend(fund=FUNDS - 1, payee=place, pence=1000 + place, key=f"deed-{place}"))
        one = self._number(f"SELECT min(id) FROM entry WHERE fund = {FUNDS - 1}")
        other = self._number(f"SELECT max(id) FROM entry WHERE fund = {FUNDS - 1}")
        return judged(sql_deeds(one, other), self._ask, self._holds, at_the_end="SET CONSTRAINTS ALL IMMEDIATE")

    def _holds(self) -> bool:
        return self.verify()[0]

    def _number(self, question: str) -> int:
        row = self._ask(question).fetchone()
        return int(row[0]) if row else 0


def _asked(spend: Spend) -> tuple[object, ...]:
    return spend.fund, spend.key, "held", f"payee:{spend.payee}", spend.pence


if __name__ == "__main__":
    serve(PostgreSql(sys.argv[1]))
