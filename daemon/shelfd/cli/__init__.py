"""The command line, which talks to the socket only."""
