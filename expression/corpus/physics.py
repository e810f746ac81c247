"""Physics, chemistry, finance: formulas with the constants of the world in them."""

from functools import lru_cache

import numpy as np

from expression.case import Case, near
from expression.corpus.data import ADBENCH, BAYDIN, SIZES, uniform
from expression.functions import erf
from expression.operations.operation import Array

MISRA1A_X = (77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0)
MISRA1A_Y = (10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78)
CAMERA = np.array([0.1, -0.2, 0.3, 0.05, -0.1, -4.0, 1.2, 0.1, -0.05])
MIXED = (0.02, 0.1)


@lru_cache(maxsize=64)
def mixture(n: int) -> tuple[Array, Array]:
    """The constants of a mixture of n components: interactions A and volumes b, uniform up to 0.1."""
    rng = np.random.default_rng(n)
    A, b = rng.uniform(0.0, 0.1, (n, n)), rng.uniform(0.0, 0.1, n)
    A.flags.writeable = b.flags.writeable = False
    return A, b


def lattice(n: int) -> tuple[Array]:
    """The first n points of a cubic lattice with spacing 1.2, nudged so that nothing is symmetric."""
    side = int(np.ceil(n ** (1.0 / 3.0)))
    corners = np.array([(i, j, k) for i in range(side) for j in range(side) for k in range(side)][:n], dtype=float)
    return (1.2 * corners + uniform(n, n, 3, low=-0.05, high=0.05),)


def helmholtz(x: Array) -> Array:
    """The Helmholtz energy of a mixed fluid by the Peng-Robinson equation of state, with R T = 1.

    f(x) = sum x_i ln(x_i / (1 - b x)) - x A x / (sqrt(8) b x) ln((1 + (1 + sqrt 2) b x) / (1 + (1 - sqrt 2) b x))
    """
    A, b = mixture(len(x))
    bx = b @ x
    ideal = np.sum(x * np.log(x / (1.0 - bx)))
    ratio = (1.0 + (1.0 + np.sqrt(2.0)) * bx) / (1.0 + (1.0 - np.sqrt(2.0)) * bx)
    return ideal - x @ A @ x / (np.sqrt(8.0) * bx) * np.log(ratio)


def black_scholes(spot: Array, strike: Array, years: Array, rate: Array, volatility: Array) -> Array:
    """The price of a European call, S Phi(d_1) - K e^(-r T) Phi(d_2)."""
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    d2 = d1 - spread
    return 0.5 * (
        spot * (1.0 + erf(d1 / np.sqrt(2.0))) - strike * np.exp(-rate * years) * (1.0 + erf(d2 / np.sqrt(2.0)))
    )


def planck(wavelength: Array, temperature: Array) -> Array:
    """Spectral radiance of a black body, in W / (m^2 sr um), at a wavelength in um and a temperature in K."""
    return 1.191042972e8 / (wavelength**5 * np.expm1(14387.768775 / (wavelength * temperature)))


def van_der_waals(volume: Array, temperature: Array) -> Array:
    """Reduced pressure 8 T / (3 V - 1) - 3 / V^2; 1 at the critical point (1, 1)."""
    return 8.0 * temperature / (3.0 * volume - 1.0) - 3.0 / volume**2


def lennard_jones(r: Array) -> Array:
    """The pair potential 4 (r^-12 - r^-6); -1 at 2^(1/6)."""
    return 4.0 * (r**-12.0 - r**-6.0)


def cluster(x: Array) -> Array:
    """The Lennard-Jones energy of n atoms, x of shape (n, 3)."""
    i, j = np.triu_indices(len(x), k=1)
    return np.sum(lennard_jones(np.sqrt(np.sum((x[i] - x[j]) ** 2, axis=1))))


def misra1a(b1: Array, b2: Array) -> Array:
    """The residual sum of squares of the model y = b1 (1 - exp(-b2 x)) on 14 measurements."""
    return np.sum((np.array(MISRA1A_Y) - b1 * (1.0 - np.exp(-b2 * np.array(MISRA1A_X)))) ** 2)


def reprojection(camera: Array, point: Array) -> Array:
    """The squared distance of a point's image from (0.1, -0.2), for a camera of nine numbers.

    They are a rotation vector (Rodrigues), a translation, the focal length and two coefficients of distortion.
    """
    r, translation, focal, k1, k2 = camera[:3], camera[3:6], camera[6], camera[7], camera[8]
    angle = np.linalg.norm(r)
    axis = r / angle
    across = np.roll(axis, -1) * np.roll(point, 1) - np.roll(axis, 1) * np.roll(point, -1)
    turned = np.cos(angle) * point + np.sin(angle) * across + (1.0 - np.cos(angle)) * (axis @ point) * axis
    seen = turned + translation
    p = -seen[:2] / seen[2]
    radius = p @ p
    image = focal * (1.0 + k1 * radius + k2 * radius**2) * p
    return np.sum((image - np.array([0.1, -0.2])) ** 2)


# fmt: off
CASES = (
    Case("helmholtz", "The energy of a mixed fluid", helmholtz, lambda n: (uniform(n, n, low=0.02, high=0.1),),
         (MIXED,), f"Griewank, On automatic differentiation (1989); {BAYDIN}, section 4; constants as in DiffSharp",
         family=SIZES, size=4),
    Case("black_scholes", "The price of a European call", black_scholes, (42.0, 40.0, 0.5, 0.1, 0.2),
         ((35.0, 50.0), (35.0, 50.0), (0.3, 2.0), (0.01, 0.1), (0.15, 0.5)),
         "Black and Scholes, The pricing of options and corporate liabilities (1973); Hull, Options (2009), ex. 13.6"),
    Case("planck", "The radiance of a black body", planck, (0.5, 5778.0), ((0.3, 3.0), (3000.0, 8000.0)),
         "Planck, Ueber das Gesetz der Energieverteilung im Normalspectrum, Ann. Phys. 309 (1901); CODATA 2018"),
    Case("van_der_waals", "The pressure of a real gas", van_der_waals, (1.5, 1.1), ((0.8, 3.0), (0.8, 1.5)),
         "van der Waals, Over de continuiteit van den gas- en vloeistoftoestand, thesis (1873)"),
    Case("lennard_jones", "The energy of two atoms", lennard_jones, (1.2,), ((0.95, 2.0),),
         "Lennard-Jones, Cohesion, Proc. Phys. Soc. 43 (1931)"),
    Case("cluster", "The energy of n atoms", cluster, lattice, (near(0.05),),
         "Hoare and Pal, Physical cluster mechanics, Adv. Phys. 20 (1971)", family=(2, 3, 4, 8, 13), size=4),
    Case("misra1a", "A nonlinear regression", misra1a, (250.0, 0.0005), ((200.0, 300.0), (4e-4, 7e-4)),
         "NIST Statistical Reference Datasets, Misra1a (1978)"),
    Case("reprojection", "The error of a camera's image", reprojection, (CAMERA, np.array([0.3, -0.2, 0.5])),
         (near(0.05), near(0.05)), f"Agarwal et al., Bundle adjustment in the large, ECCV (2010); {ADBENCH}"),
)
# fmt: on
