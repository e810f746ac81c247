"""What people think of benchmarks, for 08.4, by name."""

from types import MappingProxyType

from lessons.exercises.exercise import Case, Fault

KNOWN: tuple[Fault, ...] = (
    # -- of the published exercise
    Fault(
        "M30",
        "first call is a call",
        "The first call of a program that is traced and compiled does the tracing and compiling too. The second "
        "one only runs.",
        "What does the second call of `automatic` in the lesson take beside the first?",
        Case(text="grad(f, compile=True)(x), twice: the first call builds, the second does not"),
    ),
    Fault(
        "",
        "theorem for clock",
        "The constant bounds counted operations. The clock saw an interpreter, a compiler and a cache, and none of "
        "them is in the theorem.",
        "Which term of the bill, nodes times overhead or flops times rate, does the theorem speak of?",
        Case(text="x + y on two numbers: 1 flop, and a step of the interpreter that takes far longer"),
    ),
    Fault(
        "",
        "gradient by name",
        "`np.gradient` gets an array of values, and gives the slopes between its neighbours. It never sees f, so "
        "it cannot have the partials of a function of many inputs; it answers another question.",
        "What do you hand to `np.gradient`, and where in it could it evaluate f?",
        Case(text="np.gradient([0, 1, 4]) is [1, 2, 3]: slopes along a list, without any f"),
    ),
    Fault(
        "M30",
        "building is free",
        "A minute of simplifying was spent before the clock began. It may be left out if the formula serves a "
        "million times, but then building has to be left out for everybody.",
        "Whose building was timed in this post, and whose was not?",
        Case(text="one slope, once: SymPy's minute is the whole time; a million slopes: it is hardly seen"),
    ),
    Fault(
        "",
        "digits for nothing",
        "Half of the bytes and half of the digits: that is another computation, with another answer. A race has to "
        "compare the answers before it compares the times.",
        "How many digits do the two answers have in common?",
        Case(text="0.1 in float32 and in float64: they agree to 8 digits"),
    ),
    Fault(
        "M31",
        "one shot",
        "The same call takes another time each time: other processes, the caches and the clock of the processor "
        "see to that. One shot does not tell how much.",
        "In the lesson, how far apart were two single shots of one and the same function?",
        Case(text="mine against mine: single shots differ, and there is nothing to differ"),
    ),
    Fault(
        "M31",
        "smallest number",
        "The smallest of three numbers was read off, but they do not measure the same.",  # and what they do measure
        "If all three lines were about one and the same program, could this table look as it does?",
        Case(text="mine against mine: one of two shots is always the shorter one"),
    ),
    Fault(
        "",
        "theorem for result",
        "The bound says that reverse mode needs few operations, not that it takes the least time here. Nothing in "
        "this post was measured that could say so.",
        "For one input, what does the theorem promise, and what do two evaluations take?",
        Case(text="N = 1: a central difference takes 2 evaluations, the bound of reverse mode is 5"),
    ),
    Fault(
        "M31",
        "repeats the mistake",
        "A thousand repetitions make the mean precise, and it is the mean of the wrong thing. And contestants who "
        "run one after the other each meet another state of the machine.",
        "If the machine becomes busy while the second one runs, who pays for it?",
        Case(text="mine, a thousand times, then mine again: two precise means that differ"),
    ),
    Fault(
        "M30",
        "building with all",
        "Now building is counted for everybody, once. That answers how long one single slope takes, and it mixes "
        "two prices that depend on different things.",
        "What would the table say to somebody who needs a million slopes?",
        Case(text="building takes 1 s, a run 1 ms: for one slope 1.001 s, for a million 1,001 s"),
    ),
    Fault(
        "M31",
        "best of five",
        "The shortest shot hides the noise, it does not measure it, so nobody can tell a tie. And the lines still "
        "compute three different things.",
        "How would this race show that two contestants are equally good?",
        Case(text="mine against mine, best of five: one of them wins each time"),
    ),
    # -- of its variants
    Fault(
        "M30",
        "every call builds",
        "Tracing and compiling are done in the first call, and kept. That one was over before the clock started; the "
        "calls that were timed only run.",
        "What does the second call of `automatic` in the lesson take beside the first?",
        Case(text="grad(f, compile=True)(x), twice: the first call builds, the second does not"),
    ),
    Fault(
        "M30",
        "recording is free",
        "When `backward` begins, the loss is computed and the tape is full. A gradient takes that too: the way there "
        "is left out of this time, and the way back alone is in it.",
        "What has to be there before anybody can call `loss.backward()`?",
        Case(text="value_and_grad(f)(x): the forward pass with its recording, then one sweep"),
    ),
    Fault(
        "",
        "one direction for all",
        "Two evaluations give one number: how fast f changes along v. The gradient has 64 of them, and takes a pair of "
        "evaluations for each.",
        "How many numbers come out of that line?",
        Case(text="f(x, y) = xy along v = (1, 1): one number, x + y; the gradient is (y, x)"),
    ),
    Fault(
        "",
        "no partials at all",
        "A difference quotient along an axis is an approximation of one partial. With one for each of the 64 inputs "
        "the gradient is complete, up to its lost digits.",
        "Along which directions does one have to go to have all partials?",
        Case(text="f(x, y) = xy: one quotient along x, one along y, and the gradient is there"),
    ),
    Fault(
        "M30",
        "formula for slope",
        "A formula was printed, and f has no slope yet at any point. To put numbers in takes time too, each time "
        "again.",
        "Which number came out of this line?",
        Case(text="sympy.diff(x**2) is 2*x; the slope at 3 takes one evaluation more"),
    ),
    Fault(
        "M30",
        "building is no work",
        "Building lies between the two looks at the clock, so it is in this time, and for a single slope it is most of "
        "it. Whether it belongs there depends on how many slopes are wanted.",
        "What would this line say if the formula were evaluated twice?",
        Case(text="building takes 1 s, a run 1 ms: one slope in 1.001 s, two in 1.002 s"),
    ),
    Fault(
        "",
        "times without answers",
        "A program that is wrong can be as short as you like. Before two times are compared, the answers have to "
        "agree, and the race has to say to how many digits.",
        "How long does a function take that always returns 0?",
        Case(text="lambda x: 0 takes less time than any gradient"),
    ),
    Fault(
        "",
        "any point will do",
        "A program can branch, and turn its loop more often at one point than at another. Then another point is "
        "another computation, and its slope cannot be compared either.",
        "On what does the number of rounds of Heron's loop depend?",
        Case(text="Heron's root: more rounds for a = 10,000 than for a = 2"),
    ),
    Fault(
        "M31",
        "precise is right",
        "The mean of a thousand calls is precise about the minute in which they ran. The next contestant had another "
        "minute, and nothing in the means tells the contestant from the minute.",
        "If the machine becomes busy while the second one runs, who pays for it?",
        Case(text="mine, a thousand times, then mine again: two precise means that differ"),
    ),
    Fault(
        "M31",
        "shortest is exact",
        "The shortest of five shots is one shot, chosen for its luck. It does not tell how far apart the five were, "
        "so nobody knows whether the difference means anything.",
        "How would the best of five show that two contestants are equally good?",
        Case(text="mine against mine, best of five: one of them wins each time"),
    ),
    Fault(
        "M29",
        "only values",
        "It only evaluates f, and it does so twice for each input. But whatever it takes: nothing in this post was "
        "measured that could say so.",
        "How many evaluations do central differences take for 64 inputs?",
        Case(text="N = 64: central differences evaluate f 128 times"),
    ),
)
FAULTS = MappingProxyType({fault.name: fault for fault in KNOWN})
