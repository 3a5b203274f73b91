"""The register of personal assistants: who they are, what was checked, and how employers find them.

A personal assistant is found only by what he or she has agreed to show (CE 3.2 "PA Finder"); whatever is withheld is
not in the search index at all. `search` holds the index port and its two engines.
"""
