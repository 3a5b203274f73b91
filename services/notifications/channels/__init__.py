"""The built-in channels, one plugin each; others come in through the same entry points."""
