"""Notifications: tells each party by the channel they chose, never by one that could put them at risk.

Owns what is needed to reach people and what became of each message.
"""
