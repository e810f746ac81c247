"""What several families of the corpus share: fixed numbers, real data, domains, sizes and sources."""

from functools import lru_cache

import numpy as np

from expression.errors import MissingPackage
from expression.functions import one_hot
from expression.operations.operation import Array

UNIT = (-1.0, 1.0)
CURVED = (0.5, 2.0)

STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
SIZES = (2, 4, 8, 16, 32, 64)

BAYDIN = "Baydin, Pearlmutter, Radul and Siskind, Automatic differentiation in machine learning, JMLR 18 (2018)"
ADBENCH = "Srajer, Kukelova and Fitzgibbon, A benchmark of selected AD tools, Optim. Methods Softw. 33 (2018)"
BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"


def uniform(seed: int, *shape: int, low: float = -1.0, high: float = 1.0) -> Array:
    """Fixed random numbers."""
    return np.random.default_rng(seed).uniform(low, high, shape)


@lru_cache(maxsize=64)
def fixed(seed: int, *shape: int) -> Array:
    """Fixed random numbers that a function holds as its data."""
    values = uniform(seed, *shape)
    values.flags.writeable = False
    return values


@lru_cache(maxsize=1)
def digits_data() -> tuple[Array, Array]:
    """1797 images of handwritten digits, 64 grey values from 0 to 1 each, and their labels as one-hot rows.

    Raises MissingPackage without scikit-learn, whose package holds them.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingPackage("the digits come with scikit-learn; run: pip install 'trigrad[course]'") from error
    images, labels = load_digits(return_X_y=True)
    X, Y = images / 16.0, one_hot(labels, 10)
    X.flags.writeable = Y.flags.writeable = False
    return X, Y
