"""What people have decided, kept in a file beside the database and read back from there; a room of the steps."""

from collections.abc import Iterable

import structlog

from shelfd.core import pinned
from shelfd.core.errors import BrokenError
from shelfd.core.journal import Entry
from shelfd.steps.ports import Base, DecisionsFile
from shelfd.store import pins
from shelfd.store.database import Tx

log = structlog.get_logger()


class Pinning:
    """Keeps rows and file alike: what is decided is in the file before it is in the rows."""

    def __init__(self, base: Base, file: DecisionsFile) -> None:
        """Keep decisions in this file."""
        self._base = base
        self._file = file

    def keep(self, tx: Tx) -> None:
        """Write the file anew, as the rows of this transaction are; BrokenError when that fails."""
        self._file.write([pinned.line(pin) for pin in pins.of_all(tx)])

    def read_back(self) -> None:
        """Take over from the file what is later than all that the rows know: everything when the database is new."""
        try:
            lines = self._file.read()
            found = [pinned.read(line) for line in lines]
            newest = pins.newest(self._base.db.read())
            later = [pin for pin in found if pin is not None and pin.decided_at > newest]
            damaged = found.count(None)
            if damaged:
                aside = self._file.set_aside()
                log.warning("decisions cannot be read and are set aside", lines=damaged, path=aside)
            if not later and not damaged:
                return
            with self._base.db.transaction() as tx:
                pins.put(tx, later)
                self.keep(tx)
            log.info("decisions were read back", decisions=len(later))
        except BrokenError as error:
            log.warning("decisions were not read back", reason=error.message, hint=error.hint)

    def forget(self, tx: Tx, undone: Iterable[Entry]) -> None:
        """Forget what was decided of files whose import is taken back: who wants them filed again is asked again."""
        readings = [entry.step.expected.reading for entry in undone]
        fingerprints = [one.fingerprint for one in readings if one and one.fingerprint is not None]
        if not pins.forget(tx, fingerprints):
            return
        try:
            self.keep(tx)
        except BrokenError as error:
            # the next decision writes it; until then a new database would know one too many
            log.warning("a decision stays in the file", reason=error.message, hint=error.hint)
