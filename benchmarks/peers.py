"""The libraries that are measured: what each is called, what it installs, and how it is held to one thread."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

COMPILER = "cc"  # what turns CasADi's C code into machine code


@dataclass(frozen=True, slots=True)
class Peer:
    """A library, or code written by hand with one."""

    name: str
    package: str  # what is imported
    distribution: str
    hold: Callable[[], None] = lambda: None  # to one thread and to float64
    program: str = ""  # what must be there beside the package
    yardstick: str = ""  # what it stands for, if it is no peer but what a cost is counted in; then it has no gradient

    @property
    def missing(self) -> str:
        """What has to be installed; "" if nothing."""
        if find_spec(self.package) is None:
            return f"{self.name} is not installed; pip install {self.distribution}"
        if self.program and shutil.which(self.program) is None:
            return f"{self.name} needs the program {self.program}; install a C compiler"
        return ""

    @property
    def version(self) -> str:
        """Its version, "" where it is not installed."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return ""

    def prepare(self) -> None:
        """Import it, which is no part of building; on one thread."""
        import_module(self.package)
        self.hold()


def hold_pytorch() -> None:
    """PyTorch on one thread."""
    import torch

    torch.set_num_threads(1)


def hold_jax() -> None:
    """JAX in float64, its programs on the thread that calls them."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("trigrad", "autodiff", "trigrad"),
        Peer("f alone", "autodiff", "trigrad", yardstick="f"),
        Peer("f alone recorded", "expression", "trigrad", yardstick="recording f"),
        Peer("by hand", "numpy", "numpy"),
        Peer("micrograd", "micrograd", "micrograd"),
        Peer("autograd", "autograd", "autograd"),
        Peer("MyGrad", "mygrad", "mygrad"),
        Peer("PyTorch", "torch", "torch", hold_pytorch),
        Peer("JAX", "jax", "jax", hold_jax),
        Peer("CasADi", "casadi", "casadi"),
        Peer("CasADi C", "casadi", "casadi", program=COMPILER),
        Peer("SciPy", "scipy", "scipy"),
        Peer("numdifftools", "numdifftools", "numdifftools"),
        Peer("SymPy", "sympy", "sympy"),
        Peer("symengine", "symengine", "symengine"),
    )
}
