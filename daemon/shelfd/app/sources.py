"""Where the settings of this run come from: a file, flags, or both; read again at a reload."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from shelfd.core import roots, settings_rules
from shelfd.core.errors import UsageError
from shelfd.core.settings import Problem, Settings
from shelfd.core.settings_check import check
from shelfd.core.settings_flags import from_flags
from shelfd.core.settings_values import shown
from shelfd.edges import mounts, settings_file, templates

DEFAULT_FILE = "/etc/shelfd/shelfd.toml"
PATIENCE_S = 2.0  # for disks to say what they show


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the command line about settings; paths as given."""

    config: str | None = None
    inboxes: tuple[str, ...] = ()
    library: str | None = None
    state: str | None = None
    socket: str | None = None

    def read(self) -> Settings:
        """Return the settings; UsageError with every problem at once."""
        settings, problems = check(self._raw())
        if settings is not None:
            problems = (*_templates(settings), *_aliases(settings))
        if settings is None or problems:
            raise UsageError(
                settings_file.report(problems, self.name),
                code="bad_settings",
                hint="etc/shelfd.toml of the distribution shows every setting with its default",
            )
        return settings

    @property
    def name(self) -> str:
        """Return what to call it in an error."""
        path = self._file()
        return "command line" if path is None else path

    def make_roots(self, settings: Settings) -> None:
        """Make the inboxes and libraries that were named by flags.

        Those of a settings file are never made: a directory that is not there may be a disk that is not mounted.
        """
        named = [root for root in roots.of(settings) if self._by_flag(root.role)]
        for root in named:
            try:
                os.makedirs(root.path, exist_ok=True)
            except OSError as error:
                raise UsageError(
                    f"{os.fsdecode(root.path)}: it cannot be made: {os.strerror(error.errno or 0)}",
                    code="root_unusable",
                ) from error

    def _by_flag(self, role: str) -> bool:
        return bool(self.inboxes) if role == "inbox" else self.library is not None

    def _file(self) -> str | None:
        if self.config is not None:
            return os.path.abspath(self.config)
        by_flags = self.inboxes or self.library
        return DEFAULT_FILE if not by_flags and os.path.exists(DEFAULT_FILE) else None

    def _raw(self) -> Mapping[str, object]:
        path = self._file()
        base: Mapping[str, object] = {} if path is None else settings_file.load(path)
        return from_flags(
            _absolute(self.inboxes),
            _absolute_one(self.library),
            _absolute_one(self.state),
            _absolute_one(self.socket),
            base,
        )


def _templates(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with templates, which only those who know their language can tell."""
    for place, library in enumerate(settings.library):
        wrong = library.template and templates.mistakes(
            library.template, library.kind, library.names
        )
        for mistake in wrong or ():
            key = f"library[{place}].template"
            allowed = f"a template of a path: {mistake}"
            yield Problem(key=key, found=shown(library.template), allowed=allowed)


def _aliases(settings: Settings) -> Iterator[Problem]:
    """Yield which directories show the same files, as far as their disks answer."""
    paths = [root.path for root in settings.library] + [root.path for root in settings.inbox]
    found: dict[str, list[tuple[str, bytes]]] = {}

    def look(path: str) -> None:
        with suppress(OSError):
            found[path] = mounts.extents(os.fsencode(path))

    # each in a thread of its own, for which nobody waits longer: a server may be away
    asked = [
        threading.Thread(target=look, args=(path,), daemon=True)
        for path in (*paths, settings.import_.quarantine)
        if path
    ]
    for thread in asked:
        thread.start()
    until = time.monotonic() + PATIENCE_S
    for thread in asked:
        thread.join(max(until - time.monotonic(), 0.0))
    return settings_rules.aliases(settings, defaultdict(list, found))


def _absolute(paths: Sequence[str]) -> list[str]:
    return [os.path.abspath(path) for path in paths]


def _absolute_one(path: str | None) -> str | None:
    return None if path is None else os.path.abspath(path)
