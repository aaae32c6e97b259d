"""`shelfd run`: the life of the daemon from settings to exit status."""

import click

from shelfd.app.daemon import Daemon
from shelfd.app.sources import Source
from shelfd.core.errors import ShelfdError, UsageError
from shelfd.edges import logs, memory, systemd
from shelfd.edges.signals import RELOAD, STOP, Signals


def run(source: Source) -> int:
    """Run until told to stop; return the exit status: 0 stopped, 1 could not run, 2 bad settings."""
    memory.spare()
    try:
        settings = source.read()
        logs.configure(settings.daemon.log_level, settings.daemon.log_format)
        source.make_roots(settings)
        signals = Signals()
        daemon = Daemon(settings, source)
    except ShelfdError as error:
        return _said(error)
    try:
        daemon.start()
        _live(daemon, signals)
    except ShelfdError as error:
        return _said(error)
    finally:
        daemon.stop()
    return 0


def _live(daemon: Daemon, signals: Signals) -> None:
    interval = systemd.watchdog_interval()
    while True:
        came = signals.wait(None if interval is None else interval / 2)
        if came & STOP:
            return
        if came & RELOAD:
            daemon.reload()
        if not came:
            daemon.beat()


def _said(error: ShelfdError) -> int:
    click.echo(f"shelfd: {error.message}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)
    return 2 if isinstance(error, UsageError) else 1
