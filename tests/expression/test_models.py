"""The models of the corpus: values and gradients are PyTorch's, at any size, and what their architecture promises."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autodiff
from expression import ArgumentError
from expression.corpus import CORPUS, digits_data
from expression.corpus.layers import attention_parameters, convolutional_block, glorot, transformer_block
from expression.corpus.models import (
    cross_entropy_loss,
    lstm_logits,
    lstm_parameters,
    mlp_logits,
    mlp_parameters,
    patches,
    residual_logits,
    residual_parameters,
    rnn_logits,
    rnn_parameters,
    transformer_logits,
    transformer_parameters,
)
from expression.structure import flatten, tree_map

EPS = float(np.finfo(float).eps)
TOL = 1e-12  # sums of at most some thousands of terms around one, in another order than ours: each rounds by eps
FEW, SOME = 10, 40  # images: those of the corpus, and some more


# -- the same models in PyTorch --------------------------------------------------------------------------------------


def torch_dense(F: Any, p: Any, x: Any) -> Any:
    return F.linear(x, p["W"].T, p["b"])


def torch_mlp(torch: Any, p: Any, images: Any) -> Any:
    F = torch.nn.functional
    return F.linear(torch.tanh(F.linear(images, p["W1"].T, p["b1"])), p["W2"].T, p["b2"])


def torch_residual(torch: Any, p: Any, images: Any) -> Any:
    F = torch.nn.functional

    def convolved(layer: Any, x: Any) -> Any:
        return F.conv2d(x, layer["w"], layer["b"], padding="same")

    x = F.relu(convolved(p["stem"], images.view(-1, 1, 8, 8)))
    for block in p["blocks"]:
        x = F.relu(x + convolved(block["second"], F.relu(convolved(block["first"], x))))
    return torch_dense(F, p["head"], F.adaptive_avg_pool2d(x, 1).flatten(1))


def torch_recurrent(torch: Any, module: Any, U: Any, W: Any, b: Any, images: Any) -> Any:
    """The last state of PyTorch's own recurrent module, given our weights."""
    weights = {"weight_ih_l0": U.T, "weight_hh_l0": W.T, "bias_ih_l0": b, "bias_hh_l0": torch.zeros_like(b)}
    states = torch.func.functional_call(module, weights, (images.view(-1, 8, 8),))[0]
    return states[:, -1]


def torch_rnn(torch: Any, p: Any, images: Any) -> Any:
    cell = p["cell"]
    module = torch.nn.RNN(8, len(cell["b"]), batch_first=True, dtype=torch.float64)
    last = torch_recurrent(torch, module, cell["U"], cell["W"], cell["b"], images)
    return torch_dense(torch.nn.functional, p["head"], last)


def torch_lstm(torch: Any, p: Any, images: Any) -> Any:
    cell, hidden = p["cell"], len(p["cell"]["b"]) // 4

    def reordered(x: Any) -> Any:
        """Ours is input, forget, output, candidate; PyTorch's has the candidate before the output."""
        i, f, o, g = x.split(hidden, dim=-1)
        return torch.cat((i, f, g, o), dim=-1)

    module = torch.nn.LSTM(8, hidden, batch_first=True, dtype=torch.float64)
    last = torch_recurrent(torch, module, *(reordered(cell[name]) for name in ("U", "W", "b")), images)
    return torch_dense(torch.nn.functional, p["head"], last)


def torch_transformer(torch: Any, p: Any, images: Any) -> Any:
    F = torch.nn.functional
    width = p["position"].shape[1]

    def normed(layer: Any, x: Any) -> Any:
        return F.layer_norm(x, (width,), layer["gain"], layer["bias"])

    def attended(layer: Any, x: Any) -> Any:
        """By PyTorch's fused attention on heads cut from one matrix, joined and multiplied by one matrix."""
        q, k, v = (
            (x @ torch.cat(list(layer[name]), dim=1)).unflatten(-1, (len(layer[name]), -1)).transpose(1, 2)
            for name in "QKV"
        )
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2) @ torch.cat(list(layer["O"]))

    tokens = F.unfold(images.view(-1, 1, 8, 8), 2, stride=2).transpose(1, 2)
    x = torch_dense(F, p["embedding"], tokens) + p["position"]
    for block in p["blocks"]:
        x = x + attended(block["attention"], normed(block["norm1"], x))
        x = x + torch_dense(F, block["contract"], F.gelu(torch_dense(F, block["expand"], normed(block["norm2"], x))))
    return torch_dense(F, p["head"], normed(p["norm"], x).mean(dim=1))


@dataclass(frozen=True)
class Model:
    """A model, how it is drawn larger than in the corpus, its last layer, and the same in PyTorch."""

    logits: Callable[[Any, Any], Any]
    draw: Callable[[np.random.Generator], Any]
    last: tuple[str, ...]
    by_torch: Callable[[Any, Any, Any], Any]


MODELS = {
    "digits_mlp": Model(mlp_logits, mlp_parameters, ("W2", "b2"), torch_mlp),
    "digits_residual": Model(
        residual_logits, lambda rng: residual_parameters(rng, channels=6, blocks=2), ("head",), torch_residual
    ),
    "digits_rnn": Model(rnn_logits, rnn_parameters, ("head",), torch_rnn),
    "digits_lstm": Model(lstm_logits, lambda rng: lstm_parameters(rng, hidden=16), ("head",), torch_lstm),
    "digits_transformer": Model(
        transformer_logits,
        lambda rng: transformer_parameters(rng, width=12, heads=3, hidden=24, blocks=2),
        ("head",),
        torch_transformer,
    ),
}
models = pytest.mark.parametrize("name", MODELS)


def distance(a: Any, b: Any) -> float:
    """The largest |a - b| / max(1, |a| + |b|) over all leaves."""
    (ours, structure), (theirs, other) = flatten(a), flatten(b)
    assert structure == other and [np.shape(x) for x in ours] == [np.shape(x) for x in theirs]
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.max(np.abs(x - y) / np.maximum(1, np.abs(x) + np.abs(y)))) for x, y in pairs)


def spread(name: str, seed: int = 0) -> Any:
    """Fresh parameters, moved off the zeros and ones that biases and gains begin with."""
    rng = np.random.default_rng(seed)
    return tree_map(lambda leaf: leaf + rng.uniform(-0.1, 0.1, np.shape(leaf)), MODELS[name].draw(rng))


# -- against PyTorch -------------------------------------------------------------------------------------------------


def value_and_gradient_by_torch(torch: Any, model: Model, params: Any, count: int) -> tuple[float, Any]:
    """The loss on the first images, and its gradient, by torch.nn.functional.cross_entropy and backward()."""
    X, Y = digits_data()
    leaves = tree_map(lambda leaf: torch.tensor(leaf, requires_grad=True), params)
    images, labels = torch.tensor(X[:count]), torch.tensor(Y[:count].argmax(axis=1))
    loss = torch.nn.functional.cross_entropy(model.by_torch(torch, leaves, images), labels)
    loss.backward()
    return loss.item(), tree_map(lambda leaf: leaf.grad.numpy(), leaves)


@models
def test_the_cases_of_the_corpus_have_pytorchs_value_and_gradient(name: str) -> None:
    torch = pytest.importorskip("torch")
    row = CORPUS[name]
    for args in (row.arguments(), row.sample(np.random.default_rng(1))):
        expected = value_and_gradient_by_torch(torch, MODELS[name], *args, 1797 if name == "digits_mlp" else FEW)
        assert distance(autodiff.value_and_grad(row.function)(*args), expected) < TOL


@models
def test_larger_models_have_pytorchs_value_and_gradient(name: str) -> None:
    torch = pytest.importorskip("torch")
    model, params, (X, Y) = MODELS[name], spread(name), digits_data()
    found = autodiff.value_and_grad(lambda p: cross_entropy_loss(model.logits(p, X[:SOME]), Y[:SOME]))(params)
    assert distance(found, value_and_gradient_by_torch(torch, model, params, SOME)) < TOL


# -- what the mathematics promises -----------------------------------------------------------------------------------


@models
def test_with_a_last_layer_of_zeros_the_loss_is_ln_10_and_its_bias_feels_the_labels_alone(name: str) -> None:
    model, (X, Y) = MODELS[name], digits_data()
    params = spread(name)
    params |= {key: tree_map(np.zeros_like, params[key]) for key in model.last}
    value, gradient = autodiff.value_and_grad(lambda p: cross_entropy_loss(model.logits(p, X[:SOME]), Y[:SOME]))(params)
    assert abs(value - math.log(10)) < 4 * EPS
    bias = gradient["b2"] if name == "digits_mlp" else gradient["head"]["b"]
    assert np.max(np.abs(bias - (0.1 - Y[:SOME].mean(axis=0)))) < SOME * EPS


@models
def test_the_scores_of_an_image_do_not_depend_on_its_neighbours(name: str) -> None:
    model, params = MODELS[name], spread(name)
    images = np.random.default_rng(3).uniform(size=(5, 64))
    alone = np.concatenate([model.logits(params, images[k : k + 1]) for k in range(5)])
    assert alone.shape == (5, 10)
    assert distance(model.logits(params, images), alone) < TOL
    assert np.min(np.max(np.abs(np.diff(alone, axis=0)), axis=1)) > 1e3 * TOL  # and they do depend on the image


@models
def test_fresh_parameters_come_from_the_generator_alone(name: str) -> None:
    first, again, other = (flatten(MODELS[name].draw(np.random.default_rng(seed)))[0] for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 32), (9, 900), (500, 4)])
def test_glorots_weights_have_his_variance(inputs: int, outputs: int) -> None:
    weights = glorot(np.random.default_rng(0), (200, 200), inputs, outputs)
    spread_of_estimate = math.sqrt(0.8 / weights.size)  # uniform: kurtosis 1.8, so (1.8 - 1) / n
    assert abs(weights.var() * (inputs + outputs) / 2 - 1) < 5 * spread_of_estimate


def test_patches_are_squares_of_the_picture() -> None:
    images = np.arange(3 * 64.0).reshape(3, 64)
    pictures = images.reshape(3, 8, 8)
    for n in range(3):
        for k in range(16):
            i, j = 2 * (k // 4), 2 * (k % 4)
            assert np.array_equal(patches(images)[n, k], pictures[n, i : i + 2, j : j + 2].ravel())


def test_a_transformer_block_knows_no_order_and_positions_teach_it() -> None:
    params = spread("digits_transformer")
    rng = np.random.default_rng(4)
    x, order = rng.normal(size=(2, 16, 12)), rng.permutation(16)
    block = params["blocks"][0]
    assert distance(transformer_block(block, x)[:, order], transformer_block(block, x[:, order])) < TOL
    image = rng.uniform(size=(1, 64))
    flat = {**params, "position": np.zeros((16, 12))}
    swapped = np.reshape(np.roll(np.reshape(image, (1, 8, 8)), 2, axis=1), (1, 64))  # whole rows of patches move
    assert distance(transformer_logits(flat, image), transformer_logits(flat, swapped)) < TOL
    assert np.max(np.abs(transformer_logits(params, image) - transformer_logits(params, swapped))) > 1e3 * TOL


def test_a_residual_block_of_zeros_passes_what_is_positive() -> None:
    x = np.random.default_rng(5).normal(size=(2, 3, 4, 4))
    zero = {"w": np.zeros((3, 3, 3, 3)), "b": np.zeros(3)}
    assert np.array_equal(convolutional_block({"first": zero, "second": zero}, x), np.maximum(x, 0))


def test_heads_that_cannot_share_the_width_are_refused() -> None:
    with pytest.raises(ArgumentError, match="attention: 3 heads cannot share width=16; take a multiple of 3"):
        transformer_parameters(np.random.default_rng(0), width=16, heads=3)
    assert attention_parameters(np.random.default_rng(0), 12, 3)["O"].shape == (3, 4, 12)


def test_a_model_reads_one_digit_of_each_kind() -> None:
    pytest.importorskip("sklearn")
    assert digits_data()[1][:FEW].argmax(axis=1).tolist() == list(range(10))
