"""Referrals as values and pure rules, a module for each thing: no store, no clock, no broker."""
