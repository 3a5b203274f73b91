"""Ledgers side by side: each a process that is told by lines of JSON and answers by lines of JSON."""
