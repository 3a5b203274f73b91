"""Safeguarding: concerns, the alerts that someone must take in hand, and what was decided.

Owns the concern with everything said in it. What others must act on leaves as a restriction: who and from when,
never why.
"""
