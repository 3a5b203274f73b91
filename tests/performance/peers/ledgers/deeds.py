"""What somebody with the database's own rights does to a ledger behind its back: each deed in a transaction, undone again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Execute = Callable[[str], object]
NOTICED, NOT_NOTICED = "noticed", "not noticed"


def sql_deeds(one: int, other: int) -> dict[str, Sequence[str]]:
    """The statements of each deed, for tables entry (id, key, recorded_at, memo) and posting (entry, pence)."""
    more = "UPDATE posting SET pence = pence + CASE WHEN pence < 0 THEN {less} ELSE {more} END WHERE entry = {entry}"
    return {
        "amount": [more.format(less=-100, more=100, entry=one)],
        "memo": [f"UPDATE entry SET memo = 'another' WHERE id = {one}"],
        "date": [f"UPDATE entry SET recorded_at = '2020-01-01T00:00:00+00:00' WHERE id = {one}"],
        "key": [f"UPDATE entry SET key = 'another' WHERE id = {one}"],
        "order": [f"UPDATE entry SET recorded_at = '2099-01-01T00:00:00+00:00' WHERE id = {one}"],
        "dropped": [f"DELETE FROM posting WHERE entry = {other}", f"DELETE FROM entry WHERE id = {other}"],
        "swapped": [more.format(less=-50, more=50, entry=one), more.format(less=50, more=-50, entry=other)],
    }


def judged(
    deeds: Mapping[str, Sequence[str]], execute: Execute, verify: Callable[[], bool], *, at_the_end: str = "SELECT 1"
) -> dict[str, Callable[[], str]]:
    """Each deed as something to do, with what the verification makes of it; `at_the_end` runs before that."""

    def judge(statements: Sequence[str]) -> str:
        execute("BEGIN")
        try:
            for statement in (*statements, at_the_end):
                execute(statement)
            return NOT_NOTICED if verify() else NOTICED
        finally:
            execute("ROLLBACK")

    return {name: lambda statements=statements: judge(statements) for name, statements in deeds.items()}
