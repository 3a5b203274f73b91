"""Use cases of safeguarding, by what practitioners call them: concerns, alerts, restrictions."""
