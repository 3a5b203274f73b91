"""Which exceptions are a sentence for whoever typed the command, rather than a defect."""

from __future__ import annotations


def refusals() -> tuple[type[Exception], ...]:
    """Refused on purpose, set wrongly, or a part that is away."""
    from shared.errors import StewardError
    from shared.plugins.registry import BadPlugin
    from shared.runtime.folder import FolderInUse
    from shared.settings import BadSetting
    from shared.store.documents import DamagedDocument, StoreAway
    from shared.store.opening import BadStoreUrl

    return (StewardError, BadPlugin, BadSetting, BadStoreUrl, FolderInUse, DamagedDocument, StoreAway)
