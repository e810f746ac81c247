"""One module a command: its arguments, and what it runs. Importing them costs nothing but argparse."""
