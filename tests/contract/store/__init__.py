"""The contract of the `Documents` port, and what is particular to each adapter."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.contract.store.{part}" for part in ("samples", "writing", "values", "asking", "racing", "against_oracle"))
)
