"""The command line, end to end: texts, exit codes, JSON, files, terminals and pipes."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

import trigrad
from expression import Expression
from expression.corpus import CORPUS
from trigrad.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
WORKED = ("compare", "log(x) + x*y - sin(y)", "x=2", "y=5")
HEAVY = ("numpy", "sympy", "mpmath", "matplotlib", "rich", "optree", "expression", "compare")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def call(capsys):
    """Run a command: its exit code, and what it printed."""

    def run(*argv):
        code = main([str(a) for a in argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


# -- compare -----------------------------------------------------------------------------------------------------------


def test_the_worked_example(call):
    code, out, err = call(*WORKED)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "log(x) + x*y - sin(y) at x = 2, y = 5"
    assert lines[1].split() == ["method", "value", "d/dx", "d/dy", "digits"]
    for line, method in zip(lines[2:5], ("symbolic", "numeric", "autodiff"), strict=True):
        cells = line.split()
        assert cells[0] == method
        assert [float(x) for x in cells[1:4]] == pytest.approx([11.652071455223084, 5.5, 2 - np.cos(5.0)], abs=1e-9)
    assert lines[5].split() == ["certified", "11.65207145522308", "5.5", "1.716337814536774"]
    assert lines[7].split() == ["method", "evaluations", "tree", "DAG", "flops", "build", "run", "memory"]
    assert lines[8].split()[:4] == ["f", "9", "7", "19"]
    assert not ANSI.search(out)


def test_json_is_what_the_library_gives(call):
    code, out, err = call(*WORKED, "--json", "--no-time")
    content = json.loads(out)
    assert (code, err) == (0, "")
    assert content["format"] == "trigrad.comparison"
    assert content["function"]["inputs"] == {"x": 2.0, "y": 5.0}
    assert content["records"][2]["derivative"] == pytest.approx([5.5, 2 - np.cos(5.0)], abs=1e-15)
    assert content["records"][2]["digits"] == 16.0


VALUES = (
    ("sum(x**2)", ("x=1,2,3",), [2.0, 4.0, 6.0]),
    ("sum(x**2)", ("x=[1, 2, 3]",), [2.0, 4.0, 6.0]),
    ("sum(A * A)", ("A=[[1,2],[3,4]]",), [[2.0, 4.0], [6.0, 8.0]]),
    ("x @ y", ("y=1,2", "x=3,4"), [[1.0, 2.0], [3.0, 4.0]]),
    ("sin(x)", ("x=pi",), -1.0),
    ("-x**2", ("x=-1.5e0",), 3.0),
    ("x**2", ("x=3",), 6.0),
)


@pytest.mark.parametrize(("text", "given", "derivative"), VALUES)
def test_values_are_numbers_lists_or_formulas_of_numbers(call, text, given, derivative):
    code, out, _ = call("compare", text, *given, "--no-time", "--json", "--method", "autodiff")
    assert code == 0
    found = np.array(json.loads(out)["records"][0]["derivative"])
    assert found.shape == np.shape(derivative)
    assert np.max(np.abs(found - derivative)) <= 1e-15


def test_values_may_stand_behind_options(call):
    code, out, _ = call("compare", "x*y", "--no-time", "x=2", "--method", "autodiff", "y=3")
    assert code == 0
    assert out.splitlines()[2].split() == ["autodiff", "6", "3", "2", "exact"]


def test_a_refusing_method_says_why_in_its_row_and_the_others_answer(call):
    code, out, _ = call(
        "compare", "logistic", "--size", "40", "--no-time", "--method", "closed-form", "--method", "autodiff"
    )
    assert code == 0
    assert f"closed-form  derive with sharing=False would write {9 * 39 * 2**39 + 1} nodes" in out
    assert re.search(r"^autodiff +0\.025", out, re.MULTILINE)


def test_when_no_method_answers_the_command_fails(call):
    code, out, _ = call("compare", "logistic", "--size", "40", "--no-time", "--method", "closed-form")
    assert code == 1
    assert "would write" in out


def test_a_kink_is_reported(call):
    code, out, _ = call("compare", "relu(x)", "x=0", "--no-time")
    assert code == 0
    assert "at a kink: v1 = relu: at 0 the derivative is taken as 0 (subdifferential [0, 1]) (column 1)" in " ".join(
        out.split()
    )


def test_digits_by_autodiff(call):
    """At W = 0 the loss is ln 10, and the gradient X^T (1/10 - Y) / n has a known norm."""
    pytest.importorskip("sklearn")
    code, out, _ = call("compare", "digits", "--method", "symbolic", "--method", "autodiff", "--json")
    assert code == 0
    symbolic, autodiff = json.loads(out)["records"]
    assert symbolic["reason"].startswith("derive would write ")
    assert autodiff["value"] == pytest.approx(2.302585092994046, abs=1e-15)
    norm = np.linalg.norm(autodiff["derivative"]["W"])
    assert norm == pytest.approx(0.4443795249089309, abs=1e-15)


# -- errors ------------------------------------------------------------------------------------------------------------

HOW = "write x=2, x=1,2,3 or x=[[1,2],[3,4]]"
MISUSES = (
    (("compare", "x*y", "x=2"), "no value for y; add y=1.0 (or other numbers)"),
    (("compare", "x*y", "x=2", "y=3", "z=4"), "z is not an input of 'x*y'; its inputs are x, y"),
    (("compare", "x*y", "x=2", "x=3"), "x is given twice; leave one out"),
    (("compare", "x*y", "x=two", "y=3"), f"x=two: 'two' is not a number; {HOW}"),
    (("compare", "x*y", "x=", "y=3"), f"x= has no value; {HOW}"),
    (("compare", "x*y", "x", "y=3"), f"'x' gives no input a value; {HOW}"),
    (("compare", "x", "x=[[1,2],[3]]"), f"x=[[1,2],[3]]: '[[1,2],[3]]' is not a number; {HOW}"),
    (("compare", "1 + 2"), "'1 + 2' has no inputs, so there is nothing to differentiate by; write one in, as x"),
    (("compare", "x, y", "x=1", "y=2"), "'x, y' has 2 outputs; give one expression"),
    (
        ("compare", "logistik"),
        "no value for logistik; add logistik=1.0 (or other numbers); or did you mean logistic, of the corpus?",
    ),
    (("compare", "log(x", "x=1"), "column 4: '(' is never closed\n  log(x\n     ^"),
    (("compare", "foo(x)", "x=1"), "column 1: unknown function foo; did you mean floor?\n  foo(x)\n  ^"),
    (("compare", "x", "x=1", "--size", "3"), "--size is for the families of the corpus; 'trigrad list' names them"),
    (("compare", "logistic", "--size", "0"), "logistic: size 0 is below the smallest, 1"),
    (("compare", "logistic", "y=1"), "y is not an argument of logistic; its arguments are x"),
    (("compare", "mlp", "params=1"), "params of mlp holds several arrays and cannot be given here; leave it out"),
    (("compare", "logistic", "x=1,2"), "x of logistic has shape (), (2,) is given"),
    (("compare", "x", "x=1", "--plot", "f.gif"), "f.gif: .gif is no format for figures; write .png, .svg or .pdf"),
    (("show", "x", "--wrt", "x"), "--wrt says by what to differentiate; add --derive autodiff, or leave it out"),
    (("show", "x", "--derive", "autodiff", "--wrt", "z"), "wrt='z' is not an input; the inputs are x"),
    (("swell", "baydin"), "baydin is one function, not a family; families are in the list of the corpus"),
    (("swell", "logistic", "--upto", "0"), "logistic: size 0 is below the smallest, 1"),
    (("cost", "helmoltz"), "the corpus has no 'helmoltz'; did you mean 'helmholtz'?"),
)


@pytest.mark.parametrize(("argv", "message"), MISUSES, ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_misuse_is_one_line_with_the_fix(call, argv, message):
    assert call(*argv) == (2, "", f"trigrad: error: {message}\n")


REFUSALS = (
    (
        ("compare", "[x, 2*x]", "x=1"),
        "compare needs a scalar output, got shape (2,); use jacobian, or reduce it with np.sum",
    ),
    (("compare", "x", "x=nan"), "x holds nan: there is no derivative to compute; clean the data first"),
)


@pytest.mark.parametrize(("argv", "message"), REFUSALS, ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_a_refusal_is_one_line_and_another_exit_code(call, argv, message):
    assert call(*argv) == (1, "", f"trigrad: error: {message}\n")


PARSER = (
    ((), "the following arguments are required: COMMAND; see 'trigrad --help'"),
    (("compare",), "the following arguments are required: EXPR, x=2; see 'trigrad compare --help'"),
    (("compare", "x", "x=1", "--plott", "f"), "unrecognized arguments: --plott f; see 'trigrad --help'"),
    (
        ("cost", "helmholtz", "--sizes", "4;8"),
        "argument --sizes: '4;8' is no list of sizes; write 4,8,16,32; see 'trigrad cost --help'",
    ),
)


@pytest.mark.parametrize(("argv", "message"), PARSER, ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_the_parser_says_in_one_line_where_help_is(call, argv, message):
    code, out, err = call(*argv)
    assert (code, out) == (2, "")
    assert err.startswith("trigrad: error: ") and err.count("\n") == 1
    assert err == f"trigrad: error: {message}\n"


# -- show --------------------------------------------------------------------------------------------------------------


def test_show_prints_every_form(call):
    assert call("show", "x*sin(y)")[1].splitlines()[0] == "x, y -> v3"
    assert call("show", "x*sin(y)", "--as", "infix")[1] == "x * sin(y)\n"
    assert r"\sin" in call("show", "x*sin(y)", "--as", "latex")[1]
    assert Expression.from_json(call("show", "x*sin(y)", "--as", "json")[1])(2.0, 0.5) == 2.0 * np.sin(0.5)
    assert call("show", "x*sin(y)", "--as", "svg")[1].startswith("<svg")


def test_show_prints_python_that_runs(call):
    scope = {}
    exec(call("show", "x*sin(y)", "--derive", "autodiff", "--as", "python")[1], scope)
    assert scope["f"](2.0, 0.5) == pytest.approx((np.sin(0.5), 2.0 * np.cos(0.5)), abs=1e-15)


def test_show_prints_the_source_that_runs_compiled(call):
    out = call("show", "x*sin(y)", "--derive", "autodiff", "--as", "compiled")[1]
    assert out.startswith("import math\n") and "math.cos(y)" in out
    scope = {}
    exec(out, scope)
    assert scope["compiled"](2.0, 0.5) == pytest.approx((np.sin(0.5), 2.0 * np.cos(0.5)), abs=1e-15)


@pytest.mark.parametrize("method", ["symbolic", "closed-form", "numeric", "autodiff"])
def test_show_derives_by_each_method(call, method):
    code, out, _ = call("show", "x**3", "--derive", method, "--wrt", "x", "--as", "json")
    assert code == 0
    assert Expression.from_json(out)(2.0) == pytest.approx(12.0, abs=1e-8)


def test_show_derives_by_several_inputs_and_takes_shapes_from_values(call):
    out = call("show", "sum(x * y) + z", "x=1,2", "y=3,4", "--derive", "autodiff", "--wrt", "x,z", "--as", "json")[1]
    found = Expression.from_json(out)(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 0.0)
    assert found[0].tolist() == [3.0, 4.0] and found[1] == 1.0


def test_show_writes_whole_files_or_none(call, tmp_path):
    target = tmp_path / "graph.svg"
    assert call("show", "baydin", "--as", "svg", "--output", target) == (0, "", "")
    assert target.read_text(encoding="utf-8").startswith("<svg")
    code, _, err = call("show", "baydin", "--output", tmp_path / "nowhere" / "x.txt")
    assert code == 2
    assert re.fullmatch(r"trigrad: error: .*x\.txt cannot be written: No such file or directory; name a file .*\n", err)
    assert [path.name for path in tmp_path.iterdir()] == ["graph.svg"]


# -- play --------------------------------------------------------------------------------------------------------------


def test_play_writes_a_page_and_opens_nothing(call, tmp_path, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda address: pytest.fail(f"{address} was opened"))
    target = tmp_path / "player.html"
    assert call("play", *WORKED[1:], "--output", target) == (0, "", f"player written to {target}\n")
    page = target.read_text(encoding="utf-8")
    assert "<title>log(x) + x*y - sin(y)</title>" in page and '"value":11.65' in page
    code, _, err = call("play", "log(x)", "x=2", "--output", tmp_path / "player.txt")
    assert code == 2 and "the player is a page; name a file that ends in .html" in err
    assert [path.name for path in tmp_path.iterdir()] == ["player.html"]


def test_play_opens_the_page_in_a_browser_or_says_where_it_is(call, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("tempfile.mkdtemp", lambda prefix: str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert call("play", "baydin")[0] == 0
    assert opened == [(tmp_path / "player.html").as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert "no browser could be started; open" in call("play", "baydin")[2]


# -- swell, cost, list -------------------------------------------------------------------------------------------------


def test_swell(call, tmp_path):
    code, out, err = call("swell", "logistic", "--upto", "4", "--plot", tmp_path / "swell.png")
    assert code == 0
    assert out.splitlines()[5].split()[:7] == ["4", "43", "/", "12", "217", "/", "33"]
    assert "10^1000 at n = 3309" in " ".join(out.split())
    assert err == f"figure written to {tmp_path / 'swell.png'}\n"
    assert (tmp_path / "swell.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(call("swell", "logistic", "--upto", "4", "--json")[1])["milestones"]["1e1000"] == 3309


def test_cost(call, tmp_path):
    code, out, _ = call("cost", "rosenbrock", "--sizes", "4,8,16", "--plot", tmp_path / "cost.svg")
    assert code == 0
    assert out.splitlines()[5].split() == ["slope", "1.00", "1.00", "0.00", "0.00", "1.00"]
    assert (tmp_path / "cost.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert json.loads(call("cost", "rosenbrock", "--sizes", "4,8", "--json")[1])["family"] == "rosenbrock"


def test_list_names_every_function_of_the_corpus(call):
    code, out, _ = call("list")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert set(CORPUS) <= set(names)
    families = [line.split()[0] for line in call("list", "--families")[1].splitlines()]
    assert {name for name, row in CORPUS.items() if row.family} <= set(families)
    assert "baydin" not in families


# -- the shell ---------------------------------------------------------------------------------------------------------


def shell(*argv, **options):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "trigrad", *argv], cwd=ROOT, capture_output=True, text=True, timeout=120, **options
    )


def test_python_m_trigrad_is_the_command():
    done = shell("show", "x*sin(x)", "--as", "infix")
    assert (done.returncode, done.stdout, done.stderr) == (0, "x * sin(x)\n", "")


def test_help_and_version_import_nothing_heavy():
    script = (
        "import sys\nfrom trigrad.__main__ import main\n"
        "codes = [main(a) for a in (['--help'], ['compare', '--help'], ['--version'])]\n"
        f"print(codes, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[0, 0, 0] []"
    assert 'trigrad compare "log(x) + x*y - sin(y)" x=2 y=5' in done.stdout


def test_show_imports_only_the_room_that_it_needs():
    script = (
        "import sys\nfrom trigrad.__main__ import main\n"
        "main(['show', 'x*x', '--derive', 'autodiff'])\n"
        "print([m for m in ('sympy', 'matplotlib', 'rich', 'mpmath', 'numeric', 'compare') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_packages():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert trigrad.__version__ == declared


def test_a_reader_that_has_seen_enough_is_no_error():
    read, write = os.pipe()
    os.close(read)  # as head does, once it has its line
    done = subprocess.run(
        [sys.executable, "-m", "trigrad", "list"], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_ends_without_a_traceback():
    running = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None and running.stdout.readline() == "ready\n"
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "trigrad: interrupted\n")


INTERRUPTIBLE = """
import sys, time
from trigrad.__main__ import main
from trigrad.commands import list_corpus
def slow(arguments):
    print("ready", flush=True)
    time.sleep(60)
list_corpus.run = slow
sys.exit(main(["list"]))
"""


OVERRIDES = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}  # rich obeys them


def terminal(columns, *argv):
    """Run the command on a terminal of that width; what it shows, with its control sequences."""
    screen, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {key: text for key, text in os.environ.items() if key not in OVERRIDES} | {"TERM": "xterm-256color"}
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-m", "trigrad", *argv], cwd=ROOT, env=environment, stdin=inside, stdout=inside, stderr=inside
    ) as running:  # `inside` stays open here, so that the screen keeps what was written until it is read
        while select.select([screen], [], [], 0.5)[0] or running.poll() is None:
            if select.select([screen], [], [], 0)[0]:
                shown += os.read(screen, 65536)
    os.close(inside)
    os.close(screen)
    assert running.returncode == 0, shown
    return shown.decode()


@pytest.mark.parametrize("columns", [100, 40])
def test_a_terminal_gets_styles_and_no_line_wider_than_itself(columns):
    shown = terminal(columns, *WORKED)
    assert ANSI.search(shown)
    table = ANSI.sub("", shown[shown.index("log(x) + x*y - sin(y) at") :])
    lines = table.replace("\r", "").splitlines()
    assert max(map(len, lines)) <= columns
    assert table.count("1.716337814536774") == 3


def test_too_large_a_size_is_one_line(call, monkeypatch):
    def starved(arguments):
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr("trigrad.commands.list_corpus.run", starved)
    message = "trigrad: error: not enough memory (Unable to allocate 74.5 GiB); take a smaller size\n"
    assert call("list") == (1, "", message)
