"""The ledger: each person's Individual Service Fund, its insert-only book, and what the fund may be spent on.

A fund is two records. Its life and plan are one aggregate; its money is a book of blocks, hash-linked and never
changed.
"""
