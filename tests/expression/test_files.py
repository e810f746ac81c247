"""Files and folders are written whole or not at all, several of them together or none."""

import errno
import shutil
from pathlib import Path

import pytest

from expression.files import written_together, written_whole


def tree(place):
    """Every file below a folder with what is in it; None for a folder."""
    return {p.relative_to(place).as_posix(): p.read_bytes() if p.is_file() else None for p in place.rglob("*")}


@pytest.fixture
def place(tmp_path):
    """A folder with three files and a folder of two."""
    for name in ("a", "b", "c", "site/index.html", "site/deep/page.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"old {name}", "utf-8")
    return tmp_path


def write_new(place):
    """Replace two files and the folder, make a file and a folder, and replace a file, in one go."""
    with written_together() as part_of:
        part_of(place / "a").write_text("new a", "utf-8")
        part_of(place / "site").mkdir()
        (part_of(place / "site") / "index.html").write_text("new index", "utf-8")
        part_of(place / "fresh").write_text("new fresh", "utf-8")
        part_of(place / "folder").mkdir()
        (part_of(place / "folder") / "x").write_text("new x", "utf-8")
        part_of(place / "b").write_text("new b", "utf-8")
        part_of(place / "c").write_text("new c", "utf-8")


NEW = {
    **{name: f"new {name}".encode() for name in ("a", "b", "c", "fresh")},
    "site": None,
    "site/index.html": b"new index",
    "folder": None,
    "folder/x": b"new x",
}


def test_files_and_folders_take_their_places_together(place):
    write_new(place)
    assert tree(place) == NEW


class Failing:
    """A function that fails at its call number `at`, as on a full disk, and works again after that."""

    def __init__(self, function, at):
        self.function, self.at, self.calls = function, at, 0

    def __get__(self, path, owner):
        return lambda *args, **options: self(path, *args, **options)

    def __call__(self, *args, **options):
        self.calls += 1
        if self.calls == self.at:
            raise OSError(errno.ENOSPC, "No space left on device", str(args[0]))
        return self.function(*args, **options)


STEPS = {  # what writing and taking places is made of, and how often it happens above
    "write_text": (Path, 6),
    "mkdir": (Path, 2),
    "rename": (Path, 1),
    "copy2": (shutil, 2),
    "replace": (Path, 6),
}


@pytest.mark.parametrize(("step", "at"), [(step, k) for step, (_, count) in STEPS.items() for k in range(1, count + 1)])
def test_whichever_step_fails_everything_is_as_it_was(place, monkeypatch, step, at):
    before, owner = tree(place), STEPS[step][0]
    monkeypatch.setattr(owner, step, Failing(getattr(owner, step), at))
    with pytest.raises(OSError, match="No space left on device"):
        write_new(place)
    monkeypatch.undo()
    assert tree(place) == before


def test_every_step_was_made_to_fail(place, monkeypatch):
    for step, (owner, count) in STEPS.items():
        counter = Failing(getattr(owner, step), 0)
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, counter)
            write_new(place)
        assert counter.calls == count, step
        shutil.rmtree(place / "folder")
        (place / "fresh").unlink()


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_a_block_that_does_not_end_well_leaves_nothing(place, error):
    before = tree(place)
    with pytest.raises(type(error)), written_together() as part_of:
        part_of(place / "a").write_text("half", "utf-8")
        part_of(place / "site").mkdir()
        raise error
    assert tree(place) == before


def test_an_interrupt_between_two_places_loses_nothing(place, monkeypatch):
    before, replace = tree(place), Path.replace

    def interrupted(self, target):
        if target.name == "b" and self.name.endswith(".part"):
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_new(place)
    assert tree(place) == before


def test_a_file_does_not_take_the_place_of_a_folder_nor_a_folder_that_of_a_file(place):
    before = tree(place)
    with pytest.raises(OSError), written_whole(place / "site") as part:
        part.write_text("a file", "utf-8")
    with pytest.raises(OSError), written_whole(place / "a") as part:
        part.mkdir()
    assert tree(place) == before


def test_what_was_asked_for_must_be_written(place):
    before = tree(place)
    with pytest.raises(FileNotFoundError), written_together() as part_of:
        part_of(place / "a").write_text("new", "utf-8")
        part_of(place / "b")
    assert tree(place) == before


def test_a_link_is_replaced_and_what_it_led_to_is_left_alone(place):
    (place / "link").symlink_to("a")
    with written_together() as part_of:
        for name in ("link", "b"):
            part_of(place / name).write_text("new", "utf-8")
    assert not (place / "link").is_symlink() and (place / "a").read_text("utf-8") == "old a"


def test_nothing_at_all_may_be_written(place):
    before = tree(place)
    with written_together():
        pass
    assert tree(place) == before
