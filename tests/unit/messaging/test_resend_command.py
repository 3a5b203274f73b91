"""`steward resend` refuses what can't be meant before it asks any service."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from shared.cli.resend import resend


@pytest.mark.parametrize(
    ("stream", "council", "sentence"),
    [
        ("referral", "cheshire-east", "no party outside reads referral; they read alert, result"),
        ("nothing", "cheshire-east", "no party outside reads nothing; they read alert, result"),
        ("alert", "nowhere", "no council is called nowhere; known: cambridgeshire-peterborough, cheshire-east"),
    ],
)
def test_what_no_party_outside_reads_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, stream: str, council: str, sentence: str
) -> None:
    monkeypatch.setenv("STEWARD_BROKER_URL", "amqp://nobody.example/")

    answer = CliRunner().invoke(resend, [stream, "--council", council, "--since", "2026-03-02T09:00:00Z"])

    assert answer.exit_code == 2
    assert sentence in " ".join(answer.output.split())
