"""Exercise 02.4: the roles of the leaves of a small loss, who gets a gradient, and what depends on the bias."""

from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record
from lessons.exercises.lesson02.losses import LETTERS, MODELS, NETWORK, RATES, ROLES, Loss
from lessons.exercises.lesson02.names import Names

WHY = MappingProxyType(  # role, taken for -> explanation, question, smallest case
    {
        ("input", "parameter"): (
            "You marked {leaf} as a parameter. It belongs to the example that the program is shown, and comes anew "
            "with each call; training leaves the data as they are.",
            "If training could turn {leaf}, what would keep it from making every example an easy one?",
            "{weight} is learned; {x} and {target} come with each example",
        ),
        ("input", "constant"): (
            "You marked {leaf} as a constant. A constant stands in the program, and is the same in every call; {leaf} "
            "is given anew with each example.",
            "Must you rewrite the program to show it another example?",
            "{x} = 1.5 in one call, {x} = 0.3 in the next; {rate} in both",
        ),
        ("parameter", "input"): (
            "You marked {leaf} as an input. To mathematics it is one, a leaf with a derivative; but it is no part of "
            "the example. It is what training turns, and that is a parameter.",
            "Which leaves are still the same when the next example comes, and are to be better at the end?",
            "{x} and {target} come with each example; {weight} and {bias} are learned",
        ),
        ("parameter", "constant"): (
            "You marked {leaf} as a constant. Then it would be a fixed part of the program: it would get no gradient, "
            "and no training would ever move it.",
            "What could this little network learn, if {leaf} were typed into the program as a number?",
            "a bias that is typed in as 0.25 stays 0.25 for ever",
        ),
        ("constant", "parameter"): (
            "You marked {leaf} as a parameter. It is a number that stands in the program. You may choose it before "
            "training, but no gradient by it is ever taken.",
            "If training could turn {leaf} to make the loss small, where would it end?",
            "{weight}**2 has the leaves {weight} (a parameter) and 2 (a constant)",
        ),
        ("constant", "input"): (
            "You marked {leaf} as an input. An input has a name, and is given with each call. {leaf} is written in "
            "the program itself.",
            "When you call the loss, for which leaves do you have to give a value?",
            "loss({x}, {target}, {weight}, {bias}) has four arguments, and 2 and {rate} are none of them",
        ),
    }
)


def mistaken(loss: Loss) -> list[tuple[str, str]]:
    """Each leaf with each role that it has not."""
    return [(leaf, role) for leaf, right in loss.leaves.items() for role in ROLES if role != right]


def role_name(leaf: str, role: str) -> str:
    """The name of the fault that gives a leaf another role."""
    return f"{leaf} as {role}"


def role_fault(loss: Loss, leaf: str, role: str) -> Fault:
    """The fault that gives a leaf another role."""
    names = {"x": loss.x, "target": loss.target, "weight": loss.weight, "bias": loss.bias, "rate": loss.rate}
    texts = (text.format(leaf=leaf, **names) for text in WHY[loss.leaves[leaf], role])
    explanation, question, smallest = texts
    return Fault("M6", role_name(leaf, role), explanation, question, Case(text=smallest))


def gradients(loss: Loss) -> dict[str, tuple[str, ...]]:
    """The leaves that people name instead of the inputs and parameters."""
    return {
        "every leaf gets one": tuple(loss.leaves),
        "only what is learned": (loss.weight, loss.bias),
        "only what is given": (loss.x, loss.target),
        "not the target": (loss.x, loss.weight, loss.bias),
        "the lines between": (*loss.inputs, *loss.computed),
    }


def dependents(loss: Loss) -> dict[str, tuple[str, ...]]:
    """The lines that people name instead of those that depend on the bias."""
    return {
        f"only who reads {loss.bias}": loss.on_bias[:1],
        "all that stand below": loss.below,
        "without the output": loss.on_bias[:-1],
        "the line beside": tuple(line for line in loss.below if line in (loss.line_beside, *loss.on_bias)),
        "the penalty too": tuple(line for line in loss.below if line in (*loss.penalty, *loss.on_bias)),
    }


def marked(loss: Loss, faults: Faults) -> dict[str, object]:
    """The marks."""
    marks: dict[str, object] = dict(loss.leaves)
    for leaf, role in mistaken(loss):
        if role_name(leaf, role) in faults:
            marks[leaf] = role
    marks["gradient"] = next((names for fault, names in gradients(loss).items() if fault in faults), loss.inputs)
    by_bias = (names for fault, names in dependents(loss).items() if fault in faults)
    return marks | {needs(loss): next(by_bias, loss.on_bias)}


def needs(loss: Loss) -> str:
    """The name of the last part."""
    return f"needs {loss.bias}"


def mistakes(loss: Loss) -> tuple[Fault, ...]:
    """What goes wrong in the marks."""
    x, target, weight, bias = loss.inputs
    beside, other, (first, second) = loss.named(loss.beside), loss.line_beside, loss.on_bias[:2]
    return (
        *(role_fault(loss, leaf, role) for leaf, role in mistaken(loss)),
        Fault(
            "M6",
            "every leaf gets one",
            "The constants are among them. They are leaves as well, but part of the program, and not something that "
            f"may be turned; ask for a gradient by {loss.rate}, and you are told who can be asked.",
            "What does the exponent 2 turn into, if a step is made along its gradient?",
            Case(text=f"autodiff.derive(e, '2.0') is refused: the inputs are {', '.join(loss.inputs)}"),
            recognise=lambda marks: bool({"2", loss.rate} & set(marks["gradient"])),
        ),
        Fault(
            "M6",
            "only what is learned",
            f"Training needs the gradient by {weight} and {bias} only. But {x} and {target} are leaves of the same "
            "kind, and from the same list, by the same rules, there is a gradient by them too.",
            f"If {x} were a little larger, would the loss stay as it is?",
            Case(text=f"({weight} - {x})**2 has a slope by {weight}, and one by {x}"),
        ),
        Fault(
            "M6",
            "only what is given",
            f"The gradient by {x} and {target} exists, but {weight} and {bias} are missing, and these are the ones "
            "that training is after. "
            "Every leaf that is no constant can be asked.",
            "Which leaves does training turn, and what must it know about them?",
            Case(text=f"({weight} - {x})**2 has a slope by {x}, and one by {weight}"),
        ),
        Fault(
            "M6",
            "not the target",
            f"The target {target} is missing. Nobody turns it, but it is an input like {x}, and the loss changes "
            "when it does.",
            f"If {target} were a little larger, would the loss stay as it is?",
            Case(text=f"(t - {target})**2 has the slope -2 (t - {target}) by {target}"),
        ),
        Fault(
            "M24",
            "the lines between",
            "Here stand lines that are computed. An adjoint passes through every line on its way, but a "
            "gradient is asked by leaves: by what can be chosen freely.",
            f"Can you turn {loss.wave} without turning anything above it?",
            Case(text="x, then v1 = x * x, then sin(v1): the gradient is by x; v1 follows from x"),
            recognise=lambda marks: not loss.leaves.keys() >= set(marks["gradient"]),
        ),
        Fault(
            "M7",
            f"only who reads {bias}",
            f"{first} is the only line that reads {bias} itself. But {second} reads {first}, and so it changes "
            f"too when {bias} does, and so on down the list.",
            f"If {bias} moves, {first} moves. Who reads {first}?",
            Case(text=f"p = {bias} + 1, q = sin(p): q does not read {bias}, and depends on it"),
        ),
        Fault(
            "M7",
            "all that stand below",
            f"These are all the lines below {bias}. Standing below means only that a line could read it; "
            f"{other} and {loss.penalty[0]}, for instance, do not, and nothing that they read does.",
            f"If {bias} moves, does {beside} move?",
            Case(
                text=f"{bias}, then p = {beside}, then q = p {loss.sign} {bias}: p stands below {bias}, and does not "
                "depend on it"
            ),
            recognise=lambda marks: {other, *loss.penalty} <= set(marks["needs b"]),
        ),
        Fault(
            "",
            "without the output",
            f"The last line is missing. The loss is a node as any other, and it reads {loss.error}, which depends on "
            f"{bias}.",
            f"What is the gradient by {bias} for, if the loss does not depend on {bias}?",
            Case(text=f"p = {bias} + 1, y = p * p: the output y depends on {bias}"),
        ),
        Fault(
            "M7",
            "the line beside",
            f"{other} = {beside} is {'added to' if loss.sign == '+' else 'multiplied by'} {bias}, but it does "
            f"not read it: both are operands of {first}. The arrows lead down from {bias}, and none of them "
            f"leads up again to {other}.",
            f"If {bias} moves, does {beside} move?",
            Case(text=f"q = p {loss.sign} {bias}: q depends on {bias}, and p does not"),
        ),
        Fault(
            "",
            "the penalty too",
            f"{' and '.join(loss.penalty)} belong to the penalty {loss.rate} * {weight}**2. It is a summand "
            f"of the loss, but it reads {weight} only.",
            f"If {bias} moves, does {weight}**2 move?",
            Case(text=f"y = sin({bias}) + {weight} * {weight}: the product does not depend on {bias}"),
        ),
    )


def other_forms(loss: Loss) -> tuple[Any, ...]:
    """Right marks, written differently."""
    leaves, inputs, lines, last = loss.leaves, list(loss.inputs), list(loss.on_bias), needs(loss)
    numbers = [int(line[1:]) for line in lines]
    return (
        {**leaves, "gradient": ", ".join(inputs), last: ", ".join(lines)},
        {**leaves, "gradient": inputs[::-1], last: lines[::-1]},
        {**leaves, "gradient": set(inputs), last: {loss.bias, *lines[:-1], "loss"}},
        {
            **{leaf: role.upper() for leaf, role in leaves.items()},
            "gradient": ("v0", "v1", "v2", "v3"),
            last: tuple(numbers),
        },
        (*leaves.values(), " ".join(inputs), " ".join(lines)),
        {**leaves, "gradient": np.array(inputs), last: np.array(numbers)},
        {**leaves, "gradient": dict.fromkeys(inputs, True), last: f"{{{', '.join(lines[:-1])} and {lines[-1]}}}"},
    )


def marking(loss: Loss) -> Exercise:
    """The exercise for a loss."""
    x, target, weight, bias = loss.inputs
    blanks = "\n".join(f'    "{leaf}": ...,' for leaf in list(loss.leaves)[1:])
    some = ", ".join(line for line in loss.below if line in (loss.line_beside, loss.leaf_line("2")))
    numbers = {line[1:]: line for line in loss.below}
    return Exercise(
        id="02.4",
        title="Mark the leaves",
        prompt=f"In `loss = {loss.text}`, {weight} and {bias} are learned from examples {x} with their targets "
        f"{target}. Give each leaf its role. By which leaves can `autodiff.derive` be asked for a gradient? And which "
        f"lines of the list depend on {bias}, directly or not?",
        starter=f"""
{loss.listing}
marks = {{
    "{x}": ...,  # "input", "parameter" or "constant"
{blanks}
    "gradient": ...,  # leaves, as "{x}, 2"
    "needs {bias}": ...,  # lines, as "{some}"
}}
""",
        answer="marks",
        kind=Record(
            {leaf: Choice({role: f"{role}s" for role in ROLES}) for leaf in loss.leaves}
            | {
                "gradient": Names((*loss.leaves, *loss.below), loss.leaf_lines | {"2.0": "2"}),
                needs(loss): Names(loss.below, numbers | {"loss": loss.below[-1], "v3": bias, "3": bias}, (bias,)),
            }
        ),
        solve=lambda faults: marked(loss, faults),
        faults=mistakes(loss),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "What comes with each example is an input; what training turns is a parameter; what stands in the program "
            "is constant.",
            "A gradient can be asked by every leaf that is no constant; whether training wants it is another question.",
            f"From {bias} follow the arrows down: mark {loss.on_bias[0]}, then every line that reads a marked one.",
        ),
        also_right=other_forms(loss),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another loss."""
    model, beside = MODELS[generator.integers(len(MODELS))]
    x, target, weight, bias = LETTERS[generator.integers(len(LETTERS))]
    rate = RATES[generator.integers(len(RATES))]
    return marking(Loss(model, beside, x, target, weight, bias, rate, penalty_first=bool(generator.integers(2))))


MARKS = marking(NETWORK)
