"""Damaged files of every kind: each has its Reading, and none stops the reader."""

import random
from pathlib import Path

import damage
from shelfd.edges import probe_worker

MUTATIONS = 300


def test_sound_files_of_every_kind_are_no_error(tmp_path: Path) -> None:
    for name in damage.originals(tmp_path):
        assert probe_worker.read(bytes(tmp_path / name)).error is None, name


def test_no_damage_gets_out_of_the_reader(tmp_path: Path) -> None:
    choose = random.Random(20261121)  # noqa: S311  # the same damage each time
    originals = damage.originals(tmp_path)

    for number in range(MUTATIONS):
        name = choose.choice(sorted(originals))
        path = tmp_path / name
        path.write_bytes(damage.mutated(choose, originals[name]))

        reading = probe_worker.read(bytes(path))

        assert reading.error or reading.streams or reading.format == "epub", (number, name)
        assert reading.fingerprint is not None, (number, name)
