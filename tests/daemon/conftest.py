"""Two daemons for each module of scenarios, one hasty and one patient, and a directory of its own in them for each test."""

from collections.abc import Iterator

import pytest

from running import Running
from scenarios import PATIENT, Scene, anchored_and_running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with anchored_and_running(tmp_path_factory.mktemp("hasty")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with anchored_and_running(tmp_path_factory.mktemp("patient"), PATIENT) as daemon:
        yield daemon


@pytest.fixture
def scene(hasty: Running, request: pytest.FixtureRequest) -> Scene:
    scene = Scene(hasty, request.node.name)
    scene.knows()
    return scene


@pytest.fixture
def slow(patient: Running, request: pytest.FixtureRequest) -> Scene:
    return Scene(patient, request.node.name)
