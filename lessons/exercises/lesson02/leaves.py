"""Exercise 02.4: the roles of the leaves of a small loss, who gets a gradient, and what depends on the bias."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kind import Kind
from lessons.exercises.kinds import Choice, Record
from lessons.exercises.values import Unreadable, described, normal

WORDS = re.compile(r"(?:[,;\s{}()]|\band\b)+")


@dataclass(frozen=True, slots=True)
class Names(Kind):
    """A set of names, in any order and form; some may be left out or not, as one likes."""

    all: tuple[str, ...]
    other: Mapping[str, str] = field(default_factory=dict)  # another name -> the name
    free: tuple[str, ...] = ()

    def read(self, answer: Any) -> tuple[str, ...]:
        """The names, each once. Raises Unreadable for one that is not among them."""
        if isinstance(answer, str):
            answer = [word for word in WORDS.split(answer) if word]
        given = normal(answer)
        if isinstance(given, dict):
            given = tuple(name for name, marked in given.items() if marked)
        if given is None or given is ... or (isinstance(given, tuple) and ... in given) or given == ("...",):
            raise Unreadable("nothing is written yet")
        if not isinstance(given, tuple):
            given = (given,)
        if any(isinstance(name, tuple | dict) for name in given):
            raise Unreadable(f"names are wanted, got {described(given)} with parts")
        words = [f"{name:g}" if isinstance(name, int | float) else str(name).strip() for name in given]
        names = {self.other.get(word, word) for word in words}
        unknown = sorted(names - {*self.all, *self.free})
        if unknown:
            raise Unreadable(f"{', '.join(unknown)} is not among the names; they are {', '.join(self.all)}")
        return tuple(name for name in self.all if name in names and name not in self.free)

    def misfit(self, found: Any, expected: Any) -> str:
        """Every set of names is well formed."""
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """The same names."""
        return bool(found == expected)

    def explain(self, found: Any, expected: Any) -> str:
        """How many are missing, and how many too many."""
        counts = {"missing": set(expected) - set(found), "too many": set(found) - set(expected)}
        told = [f"{len(names)} {'is' if len(names) == 1 else 'are'} {what}" for what, names in counts.items() if names]
        return f"{' and '.join(told)}."

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The set as a whole."""
        return [("", value)]

    def show(self, value: Any) -> str:
        """The names."""
        return ", ".join(value) or "none"


ROLES = ("input", "parameter", "constant")
LEAVES = MappingProxyType(
    {"x": "input", "y": "input", "w": "parameter", "b": "parameter", "2": "constant", "0.01": "constant"}
)
LINES = tuple(f"v{k}" for k in range(4, 14))
ON_B = ("v5", "v6", "v7", "v9", "v13")
LEAF_LINES = {"v0": "x", "v1": "y", "v2": "w", "v3": "b", "v8": "2", "v11": "0.01", "2.0": "2"}
LINE_NUMBERS = {line[1:]: line for line in LINES} | {"loss": "v13", "v3": "b", "3": "b"}

WRONG_GRADIENTS: dict[str, tuple[str, ...]] = {
    "every leaf gets one": tuple(LEAVES),
    "only what is learned": ("w", "b"),
    "only what is given": ("x", "y"),
    "not the target": ("x", "w", "b"),
    "the lines between": ("x", "y", "w", "b", *(line for line in LINES if line not in LEAF_LINES)),
}
WRONG_DEPENDENTS = {
    "only who reads b": ("v5",),
    "all that stand below": LINES,
    "without the output": ON_B[:-1],
    "the line beside": ("v4", *ON_B),
    "the penalty too": ("v5", "v6", "v7", "v9", "v10", "v12", "v13"),
}


def solve(faults: Faults) -> dict[str, object]:
    """The marks."""
    marks: dict[str, object] = dict(LEAVES)
    for leaf, role in MISTAKEN:
        if mistaken(leaf, role) in faults:
            marks[leaf] = role
    right = tuple(leaf for leaf, role in LEAVES.items() if role != "constant")
    marks["gradient"] = next((names for fault, names in WRONG_GRADIENTS.items() if fault in faults), right)
    marks["needs b"] = next((names for fault, names in WRONG_DEPENDENTS.items() if fault in faults), ON_B)
    return marks


def mistaken(leaf: str, role: str) -> str:
    """The name of the fault that gives a leaf another role."""
    return f"{leaf} as {role}"


MISTAKEN = tuple((leaf, role) for leaf, right in LEAVES.items() for role in ROLES if role != right)
WHY = MappingProxyType(  # role, taken for -> explanation, question, smallest case
    {
        ("input", "parameter"): (
            "You marked {leaf} as a parameter. It belongs to the example that the program is shown, and comes anew "
            "with each call; training leaves the data as they are.",
            "If training could turn {leaf}, what would keep it from making every example an easy one?",
            "w is learned; x and y come with each example",
        ),
        ("input", "constant"): (
            "You marked {leaf} as a constant. A constant stands in the program, and is the same in every call; {leaf} "
            "is given anew with each example.",
            "Must you rewrite the program to show it another example?",
            "x = 1.5 in one call, x = 0.3 in the next; 0.01 in both",
        ),
        ("parameter", "input"): (
            "You marked {leaf} as an input. To mathematics it is one, a leaf with a derivative; but it is no part of "
            "the example. It is what training turns, and that is a parameter.",
            "Which leaves are still the same when the next example comes, and are to be better at the end?",
            "x and y come with each example; w and b are learned",
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
            "w**2 has the leaves w (a parameter) and 2 (a constant)",
        ),
        ("constant", "input"): (
            "You marked {leaf} as an input. An input has a name, and is given with each call. {leaf} is written in "
            "the program itself.",
            "When you call the loss, for which leaves do you have to give a value?",
            "loss(x, y, w, b) has four arguments, and 2 and 0.01 are none of them",
        ),
    }
)


def role_fault(leaf: str, role: str) -> Fault:
    """The fault that gives a leaf another role."""
    explanation, question, smallest = (text.format(leaf=leaf) for text in WHY[LEAVES[leaf], role])
    return Fault("M6", mistaken(leaf, role), explanation, question, Case(text=smallest))


MARKS = Exercise(
    id="02.4",
    title="Mark the leaves",
    prompt="In `loss = (tanh(w*x + b) - y)**2 + 0.01 * w**2`, w and b are learned from examples x with their targets "
    "y. Give each leaf its role. By which leaves can `autodiff.derive` be asked for a gradient? And which lines of "
    "the list depend on b, directly or not?",
    starter="""
# v0 = x           v5 = v4 + v3      v10 = v2 ** v8
# v1 = y           v6 = tanh(v5)     v11 = 0.01
# v2 = w           v7 = v6 - v1      v12 = v11 * v10
# v3 = b           v8 = 2            v13 = v9 + v12, the loss
# v4 = v2 * v0     v9 = v7 ** v8
marks = {
    "x": ...,  # "input", "parameter" or "constant"
    "y": ...,
    "w": ...,
    "b": ...,
    "2": ...,
    "0.01": ...,
    "gradient": ...,  # leaves, as "x, 2"
    "needs b": ...,  # lines, as "v4, v8"
}
""",
    answer="marks",
    kind=Record(
        {leaf: Choice({role: f"{role}s" for role in ROLES}) for leaf in LEAVES}
        | {
            "gradient": Names((*LEAVES, *LINES), LEAF_LINES),
            "needs b": Names(LINES, LINE_NUMBERS, ("b",)),
        }
    ),
    solve=solve,
    faults=(
        *(role_fault(leaf, role) for leaf, role in MISTAKEN),
        Fault(
            "M6",
            "every leaf gets one",
            "The constants are among them. They are leaves as well, but part of the program, and not something that "
            "may be turned; ask for a gradient by 0.01, and you are told who can be asked.",
            "What does the exponent 2 turn into, if a step is made along its gradient?",
            Case(text="autodiff.derive(e, '2.0') is refused: the inputs are x, y, w, b"),
            recognise=lambda marks: bool({"2", "0.01"} & set(marks["gradient"])),
        ),
        Fault(
            "M6",
            "only what is learned",
            "Training needs the gradient by w and b only. But x and y are leaves of the same kind, and from the same "
            "list, by the same rules, there is a gradient by them too.",
            "If x were a little larger, would the loss stay as it is?",
            Case(text="(w - x)**2 has a slope by w, and one by x"),
        ),
        Fault(
            "M6",
            "only what is given",
            "The gradient by x and y exists, but w and b are missing, and these are the ones that training is after. "
            "Every leaf that is no constant can be asked.",
            "Which leaves does training turn, and what must it know about them?",
            Case(text="(w - x)**2 has a slope by x, and one by w"),
        ),
        Fault(
            "M6",
            "not the target",
            "The target y is missing. Nobody turns it, but it is an input like x, and the loss changes when it does.",
            "If y were a little larger, would the loss stay as it is?",
            Case(text="(t - y)**2 has the slope -2 (t - y) by y"),
        ),
        Fault(
            "M24",
            "the lines between",
            "Here stand lines that are computed. An adjoint passes through every line on its way, but a "
            "gradient is asked by leaves: by what can be chosen freely.",
            "Can you turn v6 = tanh(v5) without turning anything above it?",
            Case(text="x, then v1 = x * x, then sin(v1): the gradient is by x; v1 follows from x"),
            recognise=lambda marks: not LEAVES.keys() >= set(marks["gradient"]),
        ),
        Fault(
            "M7",
            "only who reads b",
            "v5 is the only line that reads b itself. But v6 reads v5, and so it changes too when b does, and so on "
            "down the list.",
            "If b moves, v5 moves. Who reads v5?",
            Case(text="p = b + 1, q = sin(p): q does not read b, and depends on it"),
        ),
        Fault(
            "M7",
            "all that stand below",
            "These are all the lines below b. Standing below means only that a line could read it; v4 and v10, for "
            "instance, do not, and nothing that they read does.",
            "If b moves, does w * x move?",
            Case(text="b, then p = w * x, then q = p + b: p stands below b, and does not depend on it"),
            recognise=lambda marks: {"v4", "v10", "v12"} <= set(marks["needs b"]),
        ),
        Fault(
            "",
            "without the output",
            "The last line is missing. The loss is a node as any other, and it reads v9, which depends on b.",
            "What is the gradient by b for, if the loss does not depend on b?",
            Case(text="p = b + 1, y = p * p: the output y depends on b"),
        ),
        Fault(
            "M7",
            "the line beside",
            "v4 = w * x is added to b, but it does not read it: both are operands of v5. The arrows lead down from b, "
            "and none of them leads up again to v4.",
            "If b moves, does w * x move?",
            Case(text="q = p + b: q depends on b, and p does not"),
        ),
        Fault(
            "",
            "the penalty too",
            "v10 and v12 belong to the penalty 0.01 * w**2. It is a summand of the loss, but it reads w only.",
            "If b moves, does w**2 move?",
            Case(text="y = sin(b) + w * w: the product does not depend on b"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "What comes with each example is an input; what training turns is a parameter; what stands in the program is "
        "constant.",
        "A gradient can be asked by every leaf that is no constant; whether training wants it is another question.",
        "From b follow the arrows down: mark v5, then every line that reads a marked one.",
    ),
    also_right=(
        {**LEAVES, "gradient": "x, y, w, b", "needs b": "v5, v6, v7, v9, v13"},
        {**LEAVES, "gradient": ["w", "b", "x", "y"], "needs b": ["v13", "v9", "v7", "v6", "v5"]},
        {**LEAVES, "gradient": {"w", "x", "b", "y"}, "needs b": {"b", "v5", "v6", "v7", "v9", "loss"}},
        {
            **{k: v.upper() for k, v in LEAVES.items()},
            "gradient": ("v0", "v1", "v2", "v3"),
            "needs b": (5, 6, 7, 9, 13),
        },
        (*LEAVES.values(), "x y w b", "v5 v6 v7 v9 v13"),
        {**LEAVES, "gradient": np.array(["y", "x", "w", "b"]), "needs b": np.array([5, 6, 7, 9, 13])},
        {**LEAVES, "gradient": dict.fromkeys("xywb", True), "needs b": "{v5, v6, v7, v9 and v13}"},
    ),
)
