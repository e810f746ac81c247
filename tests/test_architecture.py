"""The house: who may import whom, what each room exports, what is imported when, and what pyproject promises."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, signature
from pathlib import Path

import pytest

import expression
from expression.errors import ROOMS

ROOT = Path(expression.__file__).resolve().parent.parent
DIFFERENTIATORS = ("symbolic", "numeric", "autodiff")
MAY_IMPORT = {
    "expression": set(),
    "symbolic": {"expression"},
    "numeric": {"expression"},
    "autodiff": {"expression"},
    "compare": {"expression", *DIFFERENTIATORS},
    "lessons": {"expression", *DIFFERENTIATORS, "compare"},
    "trigrad": {"expression", *DIFFERENTIATORS, "compare", "lessons"},
    "benchmarks": {"expression", *DIFFERENTIATORS, "compare", "lessons", "trigrad"},
}
DOORS = {  # the one import upwards: Expression.play shows a sweep, and so needs one; imported when it is called
    "expression/nodes.py": {"autodiff.player"},
}
HOUSE = tuple(room for room in MAY_IMPORT if (ROOT / room / "__init__.py").exists())
INSTALLED = tuple(room for room in HOUSE if room != "benchmarks")  # what a wheel brings
FILES = tuple(path for room in HOUSE for path in sorted((ROOT / room).rglob("*.py")))
ONLY_IN = {  # a module, and the places that alone may import it
    "sympy": ("symbolic/", "benchmarks/workloads/symbolics.py"),  # there as a peer
    "matplotlib": ("compare/plots.py",),
    "time": ("compare/timing.py",),
    "timeit": (),
}
HEAVY = ("sympy", "matplotlib", "mpmath", "scipy", "sklearn", "llvmlite", "rich")
DISTRIBUTIONS = {"sklearn": "scikit-learn", "dask": "dask[distributed]"}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
API = {  # positional parameters; what stands behind them is keyword-only
    "grad": ["f", "argnums"],
    "value_and_grad": ["f", "argnums"],
    "jacobian": ["f", "argnums"],
    "hessian": ["f", "argnums"],
    "jvp": ["f", "primals", "tangents"],
    "vjp": ["f", "*primals"],
    "hvp": ["f", "primals", "tangents"],
    "derive": ["expression", "wrt"],
}


def place(path: Path) -> str:
    """A file's path inside the project."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)}: relative import"
            assert [alias.name for alias in node.names] != ["*"], f"{place(path)}: import *"
            yield node.module or ""


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def loaded_by(*modules: str) -> set[str]:
    """Which heavy libraries a fresh interpreter holds after importing some modules."""
    code = f"import sys, {', '.join(modules)}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    return set(run(code).split())


# -- imports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=place)
def test_a_room_imports_only_the_rooms_below_it(path):
    room = place(path).split("/")[0]
    names = set(imports(path)) - DOORS.get(place(path), set())
    used = {name.split(".")[0] for name in names} & set(MAY_IMPORT)
    assert used <= MAY_IMPORT[room] | {room}


def test_an_import_that_is_forbidden_is_seen(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("def f():\n    import numeric.schemes\n    from sympy import sin\n", encoding="utf-8")
    assert list(imports(path)) == ["numeric.schemes", "sympy"]


@pytest.mark.parametrize("path", DOORS)
def test_a_door_is_there_and_is_closed_until_somebody_goes_through(path):
    assert DOORS[path] <= set(imports(ROOT / path))
    module = path.removesuffix(".py").replace("/", ".")
    rooms = {name.split(".")[0] for name in DOORS[path]}
    assert run(f"import sys, {module}; print(*[m for m in {rooms!r} if m in sys.modules])") == ""


@pytest.mark.parametrize("module", ONLY_IN)
def test_some_libraries_have_one_place(module):
    users = {place(path) for path in FILES if module in {name.split(".")[0] for name in imports(path)}}
    strangers = {user for user in users if not user.startswith(ONLY_IN[module] or ("nowhere",))}
    assert strangers == set()


def test_no_other_file_reads_a_clock():
    clocks = {"perf_counter", "perf_counter_ns", "monotonic", "process_time", "thread_time"}
    for path in FILES:
        words = {n.attr for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Attribute)}
        assert place(path) == "compare/timing.py" or not words & clocks, place(path)


RULES = {"partials", "vjps", "jvps"}


def rules_read(source: str) -> set[str]:
    """Columns of rules that a source takes from a row, other than to count them or to see that they are there."""
    tree = ast.parse(source)
    harmless = set()
    for node in ast.walk(tree):
        counts = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
        if counts or isinstance(node, ast.Compare):
            harmless.update(id(child) for child in ast.iter_child_nodes(node))
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and id(node) not in harmless}
    return found & RULES


@pytest.mark.parametrize("room", ["symbolic", "numeric", "compare"])
def test_derivative_rules_of_the_table_are_read_by_autodiff_alone(room):
    for path in sorted((ROOT / room).rglob("*.py")):
        assert rules_read(path.read_text(encoding="utf-8")) == set(), place(path)


def test_reading_a_rule_is_seen():
    assert rules_read("assert row.partials is not None\nn = len(row.partials)") == set()
    assert rules_read("y = row.partials[0](y, x)") == {"partials"}
    assert rules_read("for rule in row.vjps: pass") == {"vjps"}


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        (("expression",), set()),
        (("autodiff",), set()),
        (("numeric",), set()),
        (("symbolic",), {"sympy", "mpmath"}),
        (("trigrad",), set()),
    ],
)
def test_importing_a_room_is_light(modules, allowed):
    assert loaded_by(*modules) <= allowed


def test_import_time_of_the_shared_format_shows_neither_sympy_nor_matplotlib():
    command = [sys.executable, "-X", "importtime", "-c", "import expression"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    shown = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "expression" in shown and "numpy" in shown
    assert not shown & {"sympy", "matplotlib", "mpmath", "scipy"}


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom trigrad.__main__ import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print('loaded:', *[m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert not set(run(code).splitlines()[-1].split()) & {"sympy", "matplotlib", "mpmath", "scipy"}


# -- one interface, three rooms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", DIFFERENTIATORS)
@pytest.mark.parametrize("name", API)
def test_the_rooms_take_the_same_positional_parameters(room, name):
    module = import_module(room)
    assert name in module.__all__
    parameters = list(signature(getattr(module, name)).parameters.values())
    positional = [
        ("*" if p.kind is Parameter.VAR_POSITIONAL else "") + p.name
        for p in parameters
        if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL)
    ]
    assert positional == API[name]
    options = [p for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
    assert all(p.default is not Parameter.empty for p in options)
    assert not any(p.kind is Parameter.VAR_KEYWORD for p in parameters)


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian", "derive"])
def test_defaults_are_the_same_in_the_three_rooms(name):
    found = []
    for room in DIFFERENTIATORS:
        parameters = signature(getattr(import_module(room), name)).parameters
        found.append({key: parameters[key].default for key in ("argnums", "wrt", "value") if key in parameters})
    assert found[0] == found[1] == found[2] != {}


@pytest.mark.parametrize("room", HOUSE)
def test_a_room_says_what_is_public(room):
    path = ROOT / room / "__init__.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{room} has no docstring"
    names = {
        (alias.asname or alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == room
        for alias in node.names
    }
    assert names <= set(getattr(import_module(room), "__all__", names))


def test_no_module_hides_a_name_that_is_imported_when_used():
    compare = import_module("compare")
    hidden = [name for name in compare.__all__ if (ROOT / "compare" / f"{name}.py").exists()]
    assert hidden == [], "once imported, a submodule takes the place of the function of that name"


# -- pyproject --------------------------------------------------------------------------------------------------------


def distribution(requirement: str) -> str:
    """The name in a requirement."""
    return requirement.split(">")[0].split("=")[0].split("[")[0].strip()


def test_the_wheel_holds_every_room_and_nothing_else():
    packages = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) == set(INSTALLED)
    assert set(PYPROJECT["tool"]["mypy"]["files"]) == set(HOUSE)
    assert set(HOUSE) <= set(PYPROJECT["tool"]["pytest"]["ini_options"]["testpaths"])
    assert set(INSTALLED) - {"trigrad", "lessons"} <= set(ROOMS)


def test_every_library_that_is_imported_is_declared():
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    declared = {distribution(r) for group in (project["dependencies"], *extras.values()) for r in group}
    core = {distribution(r) for r in project["dependencies"]}
    used = {name.split(".")[0] for path in FILES for name in imports(path)} - set(sys.stdlib_module_names) - set(HOUSE)
    assert {DISTRIBUTIONS.get(name, name) for name in used} <= declared
    assert core <= {DISTRIBUTIONS.get(name, name) for name in used}, "declared, and imported nowhere"


def test_the_command_exists():
    target, _, function = PYPROJECT["project"]["scripts"]["trigrad"].partition(":")
    assert callable(getattr(import_module(target), function))


def test_paths_that_pyproject_names_exist():
    ruff = PYPROJECT["tool"]["ruff"]["lint"]["per-file-ignores"]
    for name in ruff:
        assert any(ROOT.glob(name)), name
    for name in PYPROJECT["tool"]["pytest"]["ini_options"]["testpaths"]:
        assert (ROOT / name).is_dir(), name
    for name in (PYPROJECT["project"]["readme"], *PYPROJECT["project"]["license-files"], "CHANGELOG.md"):
        assert (ROOT / name).is_file(), name


def test_versions_agree():
    requires = PYPROJECT["project"]["requires-python"]
    assert PYPROJECT["tool"]["ruff"]["target-version"] == "py" + requires.removeprefix(">=").replace(".", "")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in changelog or f"## {PYPROJECT['project']['version']}" in changelog


@pytest.mark.parametrize("room", HOUSE)
def test_a_room_is_typed_and_can_be_found(room):
    assert find_spec(room) is not None
    assert (ROOT / room / "py.typed").is_file()
