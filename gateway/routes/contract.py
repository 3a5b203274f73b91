"""A contract's duties and notices."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import contract as shapes
from gateway.schemas.cases import Note
from gateway.services import REFERRALS

contract = ApiBlueprint("contract", __name__, description="A contract's duties and notices.")
_read = partial(reading, contract, service=REFERRALS)
_list = partial(listing, contract, service=REFERRALS)
_change = partial(changing, contract, service=REFERRALS)

_change(
    "/contract-duties",
    "contract_duties.begin",
    "Have a contract's returns, surveys and meetings fall due from its start (CE 3.1, 3.2; CP 7.3).",
    method="begin_contract_duties",
    body=shapes.NewDuties,
    answer=shapes.ContractDuties,
    status=201,
)
_list(
    "/contract-duties",
    "contract_duties.list",
    "List contracts with what they ask for again and again.",
    method="list_contract_duties",
    query=shapes.DutiesFilter,
    item=shapes.ContractDuties,
)
_read(
    "/contract-duties/<id:id>",
    "contract_duties.read",
    "Read one contract's duties, done and due.",
    method="get_contract_duties",
    answer=shapes.ContractDuties,
)
_change(
    "/contract-duties/<id:id>/done",
    "contract_duties.do",
    "Record that a duty was done; the next one of its series is due then.",
    method="do_contract_duty",
    body=shapes.DutyDone,
    answer=shapes.ContractDuties,
)
_change(
    "/contract-notices",
    "contract_notices.record",
    "Record what the contract wants told at once, or a change in monitoring that is announced (CE 7.3, 7.9, 8.5).",
    method="record_contract_notice",
    body=shapes.NewContractNotice,
    answer=shapes.ContractNotice,
    status=201,
)
_list(
    "/contract-notices",
    "contract_notices.list",
    "List notices, the newest first.",
    method="list_contract_notices",
    query=shapes.NoticeFilter,
    item=shapes.ContractNotice,
)
_read(
    "/contract-notices/<id:id>",
    "contract_notices.read",
    "Read one notice.",
    method="get_contract_notice",
    answer=shapes.ContractNotice,
)
_change(
    "/contract-notices/<id:id>/tell",
    "contract_notices.tell",
    "Tell the commissioner; they are written to.",
    method="tell_contract_notice",
    body=Note,
    answer=shapes.ContractNotice,
)
_change(
    "/contract-notices/<id:id>/take-effect",
    "contract_notices.take_effect",
    "Record that a change in monitoring takes effect, no sooner than its notice has run (CE 7.3(h)).",
    method="take_effect_of_change",
    body=shapes.ChangeEffective,
    answer=shapes.ContractNotice,
)
