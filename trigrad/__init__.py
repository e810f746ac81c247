"""The front door: the command line of trigrad. Everything else is imported when a command needs it."""

__version__ = "0.1.0"
