"""Backends: what turns an expression into a function that runs. One file each; `expression.compilation` chooses."""
