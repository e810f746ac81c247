"""Training on digits: the loss falls, and the network reads digits it has not seen."""

import json

import numpy as np
import pytest

from benchmarks import train_digits
from benchmarks.train_digits import Curve, Trainings, blended, moved, train

EPOCHS = 4
CHANCE = 0.1  # one class of ten
TEST_IMAGES = 1797 // 5
BOUND = CHANCE + 20 * np.sqrt(CHANCE * (1 - CHANCE) / TEST_IMAGES)  # twenty standard deviations above guessing: 0.42


@pytest.fixture(scope="module")
def curve():
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn (extra `test` or `course`)")
    return train(0, EPOCHS)


def test_the_loss_falls_and_unseen_digits_are_read(curve):
    assert len(curve.loss) == len(curve.accuracy) == EPOCHS
    assert all(np.diff(curve.loss) < 0)
    assert curve.loss[0] < np.log(10)  # the loss of who knows nothing
    assert curve.accuracy[-1] > BOUND


def test_a_seed_gives_the_same_training(curve):
    assert train(0, EPOCHS) == curve


def test_images_are_moved_by_one_pixel():
    picture = np.zeros((8, 8))
    picture[3, 4] = 1.0
    places = [divmod(int(k), 8) for k in moved(picture.reshape(1, 64)).argmax(axis=2).ravel()]
    assert places == [(2, 4), (4, 4), (3, 3), (3, 5)]


def test_blends_keep_the_ink_of_pictures_away_from_the_border():
    rng = np.random.default_rng(0)
    pictures = np.pad(rng.uniform(size=(5, 6, 6)), ((0, 0), (1, 1), (1, 1))).reshape(5, 64)
    seen = blended(pictures, moved(pictures), rng)
    assert seen.sum(axis=1) == pytest.approx(pictures.sum(axis=1), rel=64 * np.finfo(float).eps)
    assert not np.array_equal(seen, pictures)


def test_the_goal_holds_for_every_seed():
    good, bad = Curve(0, (0.1,), (0.98,)), Curve(1, (0.1,), (0.96,))
    assert Trainings((good,)).reached and not Trainings((good, bad)).reached
    assert "lowest test accuracy 96.00%; 97% is the goal: missed" in str(Trainings((good, bad)))


def test_the_command_trains_prints_and_draws(tmp_path, capsys, curve):
    path = tmp_path / "curves.svg"
    arguments = ["--seeds", "2", "--epochs", "1", "--json", "--plot", str(path)]
    assert train_digits.main(arguments) == 1  # one epoch is not enough
    found = json.loads(capsys.readouterr().out)
    assert [c["seed"] for c in found["curves"]] == [0, 1] and found["reached"] is False
    assert path.read_bytes().startswith(b"<?xml")


def test_a_figure_that_cannot_be_written_is_refused_before_the_training(capsys):
    assert train_digits.main(["--plot", "curves.txt"]) == 1
    assert capsys.readouterr().err.startswith("train_digits: error: curves.txt: .txt is no format for figures")


def test_counts_are_refused_by_name(capsys):
    with pytest.raises(SystemExit) as stop:
        train_digits.main(["--seeds", "0"])
    assert stop.value.code == 2
    assert "'0' is no count" in capsys.readouterr().err
