"""The libraries that are measured: what each is called, what it installs, and how it is held to one thread."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

ONE_THREAD = {  # set before NumPy is imported: its BLAS reads them once
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A library, or code written by hand with one."""

    name: str
    package: str  # what is imported
    distribution: str
    prepare: Callable[[], None] = lambda: None

    @property
    def installed(self) -> bool:
        """Whether it can be imported."""
        return find_spec(self.package) is not None

    @property
    def version(self) -> str:
        """Its version, "" where it is not installed."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return ""


def hold_pytorch() -> None:
    """PyTorch on one thread."""
    import torch

    torch.set_num_threads(1)


def free_mygrad() -> None:
    """MyGrad as its documentation advises for speed: without its guard against changed arrays."""
    import mygrad

    mygrad.turn_memory_guarding_off()


PEERS = {
    peer.name: peer
    for peer in (
        Peer("trigrad", "autodiff", "trigrad"),
        Peer("by hand", "numpy", "numpy"),
        Peer("micrograd", "micrograd", "micrograd"),
        Peer("autograd", "autograd", "autograd"),
        Peer("MyGrad", "mygrad", "mygrad", free_mygrad),
        Peer("PyTorch", "torch", "torch", hold_pytorch),
    )
}
