"""Bank and card statements as files: what they say, in one shape, whatever the format (plugin point `steward.statements`)."""
