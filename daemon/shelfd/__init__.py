"""shelfd: a daemon that keeps a media library in order."""

__version__ = "0.1.0"
