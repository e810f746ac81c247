"""What the tests of the course share: a small lesson, and the built site."""

import fcntl
from importlib.util import find_spec
from pathlib import Path

import pytest

from lessons.course import Lesson, read_lesson
from lessons.site.build import NEEDED, build_site

SAMPLE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# Lesson 1: A sample

**Time:** 5 minutes · **You need:** nothing.

**Goals.** After this lesson you can

- say what the slope of $x^2$ is,
- read a table,
  and a figure.

---

## What is the slope?

At $x = 12.5$ it is twice as much, 25.0 (claim C1). [Later](#what-we-saw) we sum up.

```{code-cell} ipython3
import autodiff

slope = autodiff.grad(lambda x: x**2)(12.5)
slope
```

> **Wrong turn (M1).** Not $x$ itself.

## What we saw

- A slope.

## Exercises

**01.1** *One.* Try $x = 1234$.

**01.2** *Two.* Try another.

**01.3** *Three.* Try a third.

## Read on

- Baydin, 2018, section 2.
"""


@pytest.fixture
def sample(tmp_path: Path) -> Lesson:
    """A lesson with everything that a lesson has."""
    path = tmp_path / "source" / "01_a_sample.md"
    path.parent.mkdir()
    path.write_text(SAMPLE, encoding="utf-8")
    return read_lesson(path)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole course as a site, built once for all workers."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed (extra `site`)")
    root = tmp_path_factory.getbasetemp()
    shared = (root.parent if root.name.startswith("popen-") else root) / "trigrad-site"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            built = build_site(shared)
            assert built.warnings == ()
    return shared
