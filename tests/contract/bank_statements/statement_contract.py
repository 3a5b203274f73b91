"""What every format of `steward.statements` keeps. A plugin's own tests inherit it and give an example file."""

from __future__ import annotations

import pytest

from shared.bank_statements.reading import BankStatement, checked
from shared.errors import Invalid
from shared.money import Pence
from shared.plugins.points import StatementFormat


class StatementContract:
    """Inherit, and give `format`, `body`, `content_type`; `profile` where the format needs one."""

    body: bytes
    content_type: str
    profile: str | None = None

    @pytest.fixture
    def format(self) -> StatementFormat:
        """The format under test."""
        raise NotImplementedError("whoever inherits this gives the format")

    def read(self, format: StatementFormat, body: bytes | None = None) -> list[BankStatement]:
        """The example, or another body."""
        given = self.body if body is None else body
        return format.read(given, content_type=self.content_type, profile=self.profile)

    def test_it_has_the_shape_and_names_its_content_types(self, format: StatementFormat) -> None:
        assert isinstance(format, StatementFormat)
        assert self.content_type in format.content_types
        assert all(kind == kind.lower() and ";" not in kind for kind in format.content_types)

    def test_the_same_file_gives_the_same_statements(self, format: StatementFormat) -> None:
        assert self.read(format) == self.read(format) != []

    def test_amounts_are_whole_pence_and_the_statement_adds_up(self, format: StatementFormat) -> None:
        found = checked(self.read(format), most_lines=1000)

        assert all(isinstance(line.amount, Pence) for statement in found for line in statement.lines)

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<not", b"a,b\n1\n", b"{}"])
    def test_what_is_no_such_file_is_refused_by_field_and_rule(self, format: StatementFormat, body: bytes) -> None:
        with pytest.raises(Invalid) as refusal:
            self.read(format, body)

        assert all(error.field and error.rule and error.message for error in refusal.value.errors)
        assert refusal.value.errors
