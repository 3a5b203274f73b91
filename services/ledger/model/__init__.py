"""The ledger's rules, pure: accounts, entries, blocks, funds, payments, spending, statements and proof."""
