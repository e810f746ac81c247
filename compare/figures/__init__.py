"""What the figures show: one module for each kind of result, painted onto axes that `compare.plots` makes."""
