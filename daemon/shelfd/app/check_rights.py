"""`shelfd check`, modes and groups: can what the settings want for files be given, and what goes before it."""

import os
import shlex
import stat

from shelfd.app.check_roots import Said
from shelfd.core.paths import printable
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Import, Settings
from shelfd.edges import abilities, groups, rights

KEPT = "what is filed keeps the group that it has"
SETGID = (
    "has no set-group-ID bit, which the sandbox of systemd (RestrictSUIDSGID=yes) lets shelfd not set:"
    " directories then get the rest of import.dir_mode"
)


def of_rights(settings: Settings, everything: Roots) -> Said:
    """Say whether shelfd can give the mode and group of the settings; nothing when there are none."""
    filing = settings.import_
    if not (filing.file_mode or filing.dir_mode or filing.group):
        return
    state = os.fsencode(settings.daemon.state_dir)
    user = os.stat(state).st_uid if os.path.isdir(state) else os.geteuid()
    problem = of_group(filing.group, user)
    if problem is None:
        yield "ok", ", ".join(_wanted(filing)), ""
    else:
        yield "warn", *problem
    for root in everything:
        if root.role == "library" and os.path.isdir(root.path):
            yield from _of_library(filing, root)


def of_group(group: str, user: int, *, running: bool = False) -> tuple[str, str] | None:
    """Return why the group of the settings cannot be given, and the way out; None when it can, or none is named.

    It is given by a process of the user of this number, or `running`: by this one, which has the groups that it
    was started with.
    """
    if not group:
        return None
    number = groups.number_of(group)
    if number is None:
        fix = f"groupadd {shlex.quote(group)}, or name another group in import.group"
        return f"import.group: there is no group {group}: {KEPT}", fix
    if groups.may_be_given(number) if running else groups.may_be_given_by(number, user):
        return None
    who = abilities.user_of(user)
    return (
        f"import.group: {who} is not in the group {group}, and so may not give it: {KEPT}",
        f"usermod -aG {shlex.quote(group)} {who}, then start shelfd anew: systemctl restart shelfd",
    )


def _wanted(filing: Import) -> list[str]:
    named = (
        ("files", filing.file_mode),
        ("new directories", filing.dir_mode),
        ("group", filing.group),
    )
    return [f"{what} {value}" for what, value in named if value]


def _of_library(filing: Import, root: Root) -> Said:
    shown, found = printable(root.path), os.stat(root.path)
    group = groups.number_of(filing.group) if filing.group else None
    hands_on = bool(found.st_mode & stat.S_ISGID)
    if rights.hands_on_a_list(root.path):
        message = (
            f"{shown}: its default access list goes before import.file_mode and import.dir_mode"
        )
        yield "ok", message, ""
    if hands_on and group is not None and found.st_gid != group:
        owner = abilities.group_of(found.st_gid)
        message = f"{shown}: it hands on its group, {owner}, which goes before import.group"
        fix = f"chgrp {shlex.quote(filing.group)} {shlex.quote(shown)}, or take import.group away"
        yield "warn", message, fix
    if filing.dir_mode and int(filing.dir_mode, 8) & stat.S_ISGID and not hands_on:
        yield "warn", f"{shown}: it {SETGID}", f"chmod g+s {shlex.quote(shown)}"
