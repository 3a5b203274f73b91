"""Publishes what records have in their outboxes, each record's events in order, and keeps a log of all that was published."""
