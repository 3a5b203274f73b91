"""Plugins: what they may add (`points`) and how they are found and checked (`registry`)."""
