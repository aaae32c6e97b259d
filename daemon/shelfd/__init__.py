"""shelfd: a daemon that keeps a media library in order."""
