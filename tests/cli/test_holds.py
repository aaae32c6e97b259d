"""`shelfd hold` and `shelfd release`."""

import json
import os

from fakes.daemon import Served
from fakes.terminal import shelfd


def test_a_path_is_held_and_released(served: Served) -> None:
    path = f"{served.daemon.inbox}/Some Album"

    held = shelfd(served.path, "hold", path)
    assert (held.code, held.err) == (0, "")
    assert held.out == f"{path} is held: nothing there is touched until `shelfd release`\n"
    status = shelfd(served.path, "status").out
    assert "held\n" in status
    assert f"  {path}  since " in status

    released = shelfd(served.path, "release", path)
    assert (released.code, released.out) == (0, f"{path} is released\n")
    assert served.get("/v1/holds")["items"] == []


def test_json_is_what_the_api_says(served: Served) -> None:
    held = json.loads(shelfd(served.path, "hold", str(served.daemon.inbox), "--json").out)

    assert served.get("/v1/holds")["items"] == [held]
    assert set(held) == {"id", "path", "held_at"}
    ran = shelfd(served.path, "release", str(served.daemon.inbox), "--json")
    assert json.loads(ran.out) == held


def test_a_name_that_is_not_utf8_is_held_and_released(served: Served) -> None:
    path = os.fsdecode(os.fsencode(served.daemon.inbox) + b"/caf\xe9")

    assert shelfd(served.path, "hold", path).code == 0
    assert shelfd(served.path, "release", path).code == 0


def test_what_is_not_held_is_not_released(served: Served) -> None:
    shelfd(served.path, "hold", str(served.daemon.inbox))

    for path in (f"{served.daemon.inbox}/Album", "/etc"):
        ran = shelfd(served.path, "release", path)
        assert (ran.code, ran.out) == (4, "")
        assert ran.err == f"shelfd: {path}: it is not held\nhint: `shelfd status` lists what is\n"


def test_what_lies_in_no_root_is_not_held(served: Served) -> None:
    ran = shelfd(served.path, "hold", "/etc")

    assert ran.code == 2
    assert "it lies in no library and no inbox" in ran.err
