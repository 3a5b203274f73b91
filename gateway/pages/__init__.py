"""The pages for people: small, server-rendered, usable without scripts."""

from __future__ import annotations

from gateway.pages.overview import overview

PAGES = (overview,)
