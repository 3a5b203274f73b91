"""The ledger's use cases: each fetches, asks one rule, and writes once."""
