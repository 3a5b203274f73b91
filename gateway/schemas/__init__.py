"""The shapes of what the API takes and gives, per service. The services check meaning, and check shape once more."""
