"""How each library is called for a value and its gradient, where a workload is a loss of parameters and data.

The loss is written by the workload, in the library's own words; the data say what it is called with.
"""

import subprocess
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np

from benchmarks.peers import COMPILER
from benchmarks.workload import Answer, Build, Contestant
from expression.operations.operation import Array
from expression.structure import flatten, tree_map, unflatten

Loss = Callable[..., Any]  # loss(parameters, *others) -> scalar
Words = Callable[[], Loss]  # imports a library, and gives the loss in its words


class Data(Protocol):
    """What a loss is called with."""

    @property
    def parameters(self) -> Any:
        """What is differentiated by: a pytree."""

    @property
    def others(self) -> tuple[Any, ...]:
        """The further arguments."""


def taped(loss: Loss) -> Build:
    """The tape of trigrad under plain NumPy code."""

    def build(data: Data) -> Contestant:
        from autodiff import value_and_grad

        function = value_and_grad(loss)
        return lambda: function(data.parameters, *data.others)

    return build


def compiled(loss: Loss) -> Build:
    """The same code, recorded once and compiled with its gradient."""

    def build(data: Data) -> Contestant:
        from autodiff import value_and_grad

        function = value_and_grad(loss, compile=True)
        return lambda: function(data.parameters, *data.others)

    return build


def with_autograd(words: Words) -> Build:
    """Autograd."""

    def build(data: Data) -> Contestant:
        import autograd

        function = autograd.value_and_grad(words())
        return lambda: function(data.parameters, *data.others)

    return build


def with_mygrad(words: Words) -> Build:
    """MyGrad: tensors over the arrays themselves, and backward from the loss."""

    def build(data: Data) -> Contestant:
        import mygrad as mg

        loss = words()

        def run() -> Answer:
            parameters = tree_map(lambda x: mg.tensor(x, copy=False), data.parameters)
            value = loss(parameters, *data.others)
            value.backward()
            return value.data, tree_map(lambda leaf: leaf.grad, parameters)

        return run

    return build


def with_pytorch(words: Words) -> Build:
    """PyTorch eager, on tensors that share the arrays' memory."""

    def build(data: Data) -> Contestant:
        import torch

        def shared(x: Any) -> Any:
            return torch.from_numpy(np.asarray(x))

        loss = words()
        leaves, structure = flatten(tree_map(lambda x: shared(x).requires_grad_(), data.parameters))
        parameters, others = unflatten(structure, leaves), tree_map(shared, data.others)

        def run() -> Answer:
            value = loss(parameters, *others)
            return value, unflatten(structure, torch.autograd.grad(value, leaves))

        return run

    return build


def with_jax(words: Words) -> Build:
    """JAX, compiled by its jit; the arrays are its own beforehand."""

    def build(data: Data) -> Contestant:
        import jax

        function = jax.jit(jax.value_and_grad(words()))
        parameters, others = tree_map(jax.numpy.asarray, data.parameters), tree_map(jax.numpy.asarray, data.others)
        return lambda: jax.block_until_ready(function(parameters, *others))

    return build


def alone(loss: Loss) -> Build:
    """The function without its gradient, as it is."""
    return lambda data: lambda: (loss(data.parameters, *data.others), ())


def alone_compiled(loss: Loss) -> Build:
    """The function without its gradient, compiled."""

    def build(data: Data) -> Contestant:
        from expression import compile, trace

        function = compile(trace(loss, data.parameters, *data.others))
        return lambda: (function(data.parameters, *data.others), ())

    return build


def with_micrograd(loss: Loss) -> Build:
    """Micrograd, which has numbers alone."""

    def build(data: Data) -> Contestant:
        from micrograd.engine import Value

        def run() -> Answer:
            parameters = tree_map(Value, data.parameters)
            value = loss(parameters, *data.others)
            value.backward()
            return value.data, tree_map(lambda leaf: leaf.grad, parameters)

        return run

    return build


def with_casadi(words: Words) -> Build:
    """CasADi's machine for scalar programs."""
    return lambda data: through_buffers(casadi_function(words(), data), data)


def with_casadi_c(words: Words) -> Build:
    """The C code that CasADi writes, compiled."""

    def build(data: Data) -> Contestant:
        import casadi as ca

        generator = ca.CodeGenerator("f.c")
        generator.add(casadi_function(words(), data))
        with TemporaryDirectory() as place:
            generator.generate(f"{place}/")
            command = [
                COMPILER,
                "-O3",
                "-march=native",
                "-shared",
                "-fPIC",
                f"{place}/f.c",
                "-o",
                f"{place}/f.so",
                "-lm",
            ]
            subprocess.run(command, check=True, capture_output=True)
            return through_buffers(ca.external("f", f"{place}/f.so"), data)

    return build


def casadi_function(loss: Loss, data: Data) -> Any:
    """Value and gradient as a function of one vector: all parameters, one after the other."""
    import casadi as ca

    leaves, structure = flatten(data.parameters)
    ends = np.cumsum([0, *[np.size(leaf) for leaf in leaves]]).tolist()
    x = ca.SX.sym("x", ends[-1])
    y = loss(unflatten(structure, ca.vertsplit(x, ends)), *data.others)
    return ca.Function("f", [x], [y, ca.densify(ca.gradient(y, x))])


def through_buffers(function: Any, data: Data) -> Contestant:
    """CasADi's fastest way to call: it reads from an array and writes to two, always the same."""
    x: Array = np.concatenate([np.ravel(leaf) for leaf in flatten(data.parameters)[0]], dtype=float)
    answer: tuple[Array, Array] = np.zeros(()), np.zeros_like(x)
    buffer, trigger = function.buffer()
    buffer.set_arg(0, memoryview(x))
    for k, result in enumerate(answer):
        buffer.set_res(k, memoryview(result))

    def run(alive: Any = (buffer, x)) -> Answer:  # the trigger knows no more than their addresses
        trigger()
        return answer

    return run
