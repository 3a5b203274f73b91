"""The whole contract of the `Documents` port. An adapter's tests inherit it and give the fixture `store`."""

from __future__ import annotations

from tests.contract.store.against_oracle import OracleContract
from tests.contract.store.asking import AskingContract, PagingContract
from tests.contract.store.racing import RacingContract
from tests.contract.store.values import ValuesContract
from tests.contract.store.writing import WritingContract


class DocumentsContract(
    WritingContract, ValuesContract, AskingContract, PagingContract, RacingContract, OracleContract
):
    """What every adapter keeps to."""
