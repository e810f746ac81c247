"""Ways out of the shared format, and back: listing, infix, LaTeX, Python, SVG, JSON. One module each."""
