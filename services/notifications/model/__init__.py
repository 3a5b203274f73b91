"""Notifications' rules as values: who is told what, by which channel, in which words, and what became of it."""
