"""The libraries that are measured: what each is called, what it installs, and how it is held to one thread."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec


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


PEERS = {
    peer.name: peer
    for peer in (
        Peer("trigrad", "autodiff", "trigrad"),
        Peer("by hand", "numpy", "numpy"),
        Peer("micrograd", "micrograd", "micrograd"),
        Peer("autograd", "autograd", "autograd"),
        Peer("MyGrad", "mygrad", "mygrad"),
        Peer("PyTorch", "torch", "torch", hold_pytorch),
    )
}
