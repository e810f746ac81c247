"""The course as a static site that needs no network: a Sphinx project, and what builds it."""
