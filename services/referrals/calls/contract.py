"""A contract's duties and notices."""

from __future__ import annotations

from services.referrals.calls.base import JSON
from services.referrals.calls.cases import CaseCalls
from services.referrals.handlers import contract_duties, contract_notices
from services.referrals.handlers.casework import Noted
from shared.messaging.calls.entrypoint import reads, rpc


class ContractCalls(CaseCalls):
    """A contract's duties and notices (CE 3.1, 3.2, 7.3, 7.9, 8.5; CP 7.3)."""

    @rpc
    def begin_contract_duties(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(contract_duties.NewDuties, contract_duties.begin_contract_duties, payload, caller)

    @rpc
    def do_contract_duty(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(contract_duties.DutyDone, contract_duties.do_contract_duty, payload, caller)

    @rpc
    def record_contract_notice(self, payload: JSON, caller: JSON) -> JSON:
        shape = contract_notices.NewContractNotice
        return self.case_command(shape, contract_notices.record_contract_notice, payload, caller)

    @rpc
    def tell_contract_notice(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, contract_notices.tell_contract_notice, payload, caller)

    @rpc
    def take_effect_of_change(self, payload: JSON, caller: JSON) -> JSON:
        shape = contract_notices.ChangeEffective
        return self.case_command(shape, contract_notices.take_effect_of_change, payload, caller)

    @reads
    def get_contract_duties(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.duties, payload, caller)

    @reads
    def list_contract_duties(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(self.desk.case_lists.duties, ("provider_id",), payload, caller)

    @reads
    def get_contract_notice(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.notices, payload, caller)

    @reads
    def list_contract_notices(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(self.desk.case_lists.notices, ("kind", "status"), payload, caller)
