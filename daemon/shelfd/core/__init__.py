"""Values and decisions, without any I/O."""
