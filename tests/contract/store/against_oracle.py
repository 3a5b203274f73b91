"""The part of the contract that says: any question over any documents is answered as plain Python would answer it."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.store.documents import Documents, Equal
from tests.contract.store import oracle
from tests.contract.store.samples import all_pages, put_in


class OracleContract:
    """Each example is a council of its own in one collection, so that the answers must also keep councils apart."""

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data(), asked=oracle.some_questions())
    def test_any_question_is_answered_as_plain_python_would(
        self, documents: Documents, data: st.DataObject, asked: oracle.Asked
    ) -> None:
        council_id = uuid4().hex
        cases = data.draw(oracle.some_cases(council_id))
        put_in(documents, *cases)
        where = [Equal(path="council_id", value=council_id), *asked.where]

        expected = oracle.expected_ids(cases, where, asked.order)

        assert all_pages(documents, *where, order=asked.order, limit=asked.limit) == expected
        assert documents.count(where) == len(expected)
        assert documents.group_count(asked.group, where) == oracle.expected_groups(cases, where, asked.group)
