"""Collect facts, decide, write rows, act: one step per file."""
