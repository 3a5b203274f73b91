"""The ledger as it runs: over RPC, events and its own SQLite file."""
