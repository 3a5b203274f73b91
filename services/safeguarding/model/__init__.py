"""Safeguarding's rules as values: concerns with their alerts, categories, restrictions. No store, clock or broker."""
