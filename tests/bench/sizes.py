"""How much is measured, and where: as the targets have it, or as the environment says, for a try."""

import os
from pathlib import Path

KEPT = Path(__file__).parents[2] / ".bench"
"""What a run leaves: its results and the environments of programs. git does not see it."""
TOP = Path(os.environ.get("BENCH_TOP", KEPT))
"""Where the libraries and the catalogs lie; on another file system if that is to be measured."""


def _number(name: str, default: int) -> int:
    return int(os.environ.get(f"BENCH_{name}", default))


FILES = _number("FILES", 10_000)
"""In the music library."""
DIRECTORIES = _number("DIRECTORIES", 100_000)
"""In the large library of directories."""
FEW_DIRECTORIES = _number("FEW_DIRECTORIES", 1_000)
"""In the small one that it is compared with."""
MANY_FILES = _number("MANY_FILES", 300_000)
"""In the catalog whose memory is measured."""
OPERATIONS = _number("OPERATIONS", 100_000)
"""In the history of the queue that is asked for its pages."""
COPIED_MB = _number("COPIED_MB", 2048)
"""Of the file that is copied and verified."""
SMALL_FILES = _number("SMALL_FILES", 1_000)
"""In the drop of many small files."""
REPEAT = _number("REPEAT", 3)
"""How often is measured what takes seconds; what takes less is measured three times as often."""
REST_S = _number("REST_S", 60)
"""How long the daemon is left alone to see what it does then."""
