"""`shelfd check`, the quarantine: does it take what is moved there."""

import os

from shelfd.app.check_roots import Said
from shelfd.core.paths import printable
from shelfd.core.settings import Settings
from shelfd.edges import abilities


def of_quarantine(settings: Settings) -> Said:
    """Say whether refused items can be moved to the directory of the settings; nothing when there is none."""
    if not settings.import_.quarantine:
        return
    path = os.fsencode(settings.import_.quarantine)
    refused = abilities.refusal(path)
    if refused is None:
        yield "ok", f"{printable(path)}: takes what is refused", ""
        return
    what = f"{printable(path)}: {refused.why}: what is refused stays in the inboxes"
    yield "warn", what, refused.fix
