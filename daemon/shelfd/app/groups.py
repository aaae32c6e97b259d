"""Whether the group of the settings in force can be given, for the status."""

import os

import structlog

from shelfd.app.check_rights import of_group
from shelfd.steps.ports import Current

log = structlog.get_logger()


class Groups:
    """Looks once for each settings, since whoever knows of groups may be a server, and logs what is wrong."""

    def __init__(self, current: Current) -> None:
        """Go by the settings in force."""
        self._current = current
        self._seen: object = None
        self._problem: tuple[str, str] | None = None

    def problem(self) -> dict[str, str] | None:
        """Return what is wrong and its way out, as the status tells it; None when nothing is."""
        settings = self._current.settings
        if self._seen is not settings:
            self._seen = settings
            self._problem = of_group(settings.import_.group, os.geteuid(), running=True)
            if self._problem is not None:
                log.warning(self._problem[0], fix=self._problem[1])
        if self._problem is None:
            return None
        message, fix = self._problem
        return {"check": "rights", "severity": "warn", "message": message, "fix": fix}
