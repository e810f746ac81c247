"""Duels, runs and reports, on small workloads made for the purpose; no test looks at a time."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks import ONE_THREAD, runner
from benchmarks import __main__ as command
from benchmarks.exponents import exponents
from benchmarks.figures import STYLES, compiled, lines_of
from benchmarks.machine import machine
from benchmarks.measuring import measure
from benchmarks.page import page
from benchmarks.peers import PEERS, Peer
from benchmarks.records import ABSENT, FAILED, LEFT_OUT, TIMED, WRONG, Job, Record, Settings, jobs_of
from benchmarks.report import HEADERS, Report, row_of
from benchmarks.runner import Store, measure_apart, run
from benchmarks.workload import Duel, Workload
from benchmarks.workloads import WORKLOADS
from compare.wording import seconds

BRIEF = Settings(rounds=2, minimum=0.0, budget=60.0, patience=60.0)


def cube(x):
    return lambda: (x**3, 3 * x**2)


def slightly_wrong(x):
    return lambda: (x**3, 3.0001 * x**2)


def broken(x):
    raise ZeroDivisionError("no such\nthing")


def value_alone(x):
    return lambda: (x**3, ())


CUBE = Workload(
    name="T1 cube",
    title="a cube",
    sizes=(2, 3),
    quick=(2,),
    make=float,
    contestants={
        "by hand": cube,
        "f alone": value_alone,
        "trigrad": cube,
        "trigrad wrong": slightly_wrong,
        "PyTorch": cube,
        "MyGrad": broken,
    },
    reference="by hand",
    duels=(
        Duel("trigrad", "by hand", {2: 1e-9}, quick=True),
        Duel("trigrad wrong", "by hand", {2: 1e-9}, quick=True),
        Duel("trigrad", "f alone", sizes=(3,)),
        Duel("trigrad", "PyTorch", sizes=(2,)),
    ),
)


def job(ours="trigrad", peer="by hand", goal=None):
    return Job(CUBE.name, 2, ours, peer, goal)


def timed_record(ratio, goal=None, **changes):
    record = Record(job(goal=goal), TIMED, "", ("1", "2"), (1e-3, 2e-3), (0.1, 0.2), ratio, 5)
    return replace(record, **changes)


# -- one duel ----------------------------------------------------------------------------------------------------------


def test_a_duel_of_right_answers_is_timed():
    record = measure(CUBE, job(goal=1e-9), BRIEF)
    assert record.status == TIMED and record.reason == ""
    assert record.rounds == 2 and len(record.seconds) == len(record.first) == 2
    assert record.errors == (0.0, 0.0) and record.cost is None
    low, high = record.ratio[1:]
    assert low <= record.ratio[0] <= high
    assert record.met is True


def test_a_wrong_answer_is_not_timed():
    record = measure(CUBE, job("trigrad wrong"), BRIEF)
    assert (record.status, record.ratio, record.seconds) == (WRONG, (), ())
    assert record.reason == "trigrad wrong is off by 1.7e-05 from by hand, more than 1e-10"


def test_a_row_may_allow_more_error():
    record = measure(replace(CUBE, tolerance=1e-4), job("trigrad wrong"), BRIEF)
    assert record.status == TIMED and record.errors == (pytest.approx(1.7e-5, rel=0.02), 0.0)


def test_beside_the_function_alone_the_cost_of_the_gradient_is_measured():
    record = measure(CUBE, job(peer="f alone"), BRIEF)
    assert record.status == TIMED and record.verdict == "cost"
    assert record.cost == 1 / record.ratio[0]


def test_a_contestant_that_raises_is_a_failure_with_its_reason(monkeypatch):
    monkeypatch.setitem(PEERS, "MyGrad", Peer("MyGrad", "numpy", "numpy"))
    record = measure(CUBE, job(peer="MyGrad"), BRIEF)
    assert (record.status, record.reason) == (FAILED, "ZeroDivisionError: no such thing")


def test_an_absent_peer_is_skipped_by_name(monkeypatch):
    monkeypatch.setitem(PEERS, "PyTorch", Peer("PyTorch", "a_package_that_nobody_has", "a-package-that-nobody-has"))
    record = measure(CUBE, job(peer="PyTorch", goal=3.0), BRIEF)
    missing = "PyTorch is not installed; pip install a-package-that-nobody-has"
    assert (record.status, record.reason) == (ABSENT, missing)
    assert record.met is None


def test_what_a_workload_needs_beside_its_peers_may_be_absent_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)

    def special(x):
        return __import__("scipy.special").special.cbrt(x)

    record = measure(replace(CUBE, contestants={**CUBE.contestants, "trigrad": special}), job(), BRIEF)
    assert (record.status, record.reason) == (ABSENT, "scipy.special is not installed, which T1 cube needs")


def test_a_peer_may_need_a_program_beside_its_package(monkeypatch):
    peer = Peer("by hand", "numpy", "numpy", program="a-program-that-nobody-has")
    assert peer.missing == "by hand needs the program a-program-that-nobody-has; install a C compiler"


@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_a_peer_that_is_there_says_its_version(peer):
    assert bool(peer.version) or bool(peer.missing) or peer.package == "autodiff"  # which may be a checkout


def test_peers_are_told_apart_in_the_figure():
    shown = [name for name, peer in PEERS.items() if name != "trigrad" and not peer.yardstick]
    assert list(STYLES) == shown
    assert len(set(STYLES.values())) == len(STYLES)


def test_a_duel_is_measured_in_a_process_of_its_own():
    record = measure_apart(Job("E1 floats", 1, "trigrad", "by hand", None), BRIEF)
    assert record.status == TIMED, record.reason


def test_libraries_find_one_thread_when_they_are_imported():
    code = (
        "import sys, benchmarks; assert 'numpy' not in sys.modules; import numpy, os\n"
        f"print({{name: os.environ[name] for name in {list(ONE_THREAD)!r}}})"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    done = subprocess.run([sys.executable, "-c", code], cwd=runner.ROOT, env=kept, capture_output=True, text=True)
    assert done.stdout.strip() == str(ONE_THREAD), done.stderr


def test_a_process_that_raises_is_a_failure():
    record = measure_apart(Job("E1 floats", 1, "trigrad", "nobody", None), BRIEF)
    assert record.status == FAILED
    assert record.reason


def test_a_process_that_hangs_is_ended():
    record = measure_apart(Job("E1 floats", 1, "trigrad", "by hand", None), replace(BRIEF, patience=0.01))
    assert (record.status, record.reason) == (FAILED, "did not end within 0.01 seconds")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died of SIGKILL"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("raise MemoryError('no room')", "MemoryError: no room"),
        ("", "ended without a record"),
        ("print('a library says goodbye')", "ended without a record"),
    ],
)
def test_a_process_that_dies_is_a_failure_with_its_last_words(monkeypatch, code, reason):
    monkeypatch.setattr(runner, "COMMAND", (sys.executable, "-c", code))
    record = measure_apart(job(), BRIEF)
    assert (record.status, record.reason) == (FAILED, reason)


# -- a run -------------------------------------------------------------------------------------------------------------


def test_jobs_are_duels_at_sizes():
    assert [(j.size, j.ours, j.peer, j.goal) for j in jobs_of([CUBE], quick=False)] == [
        (2, "trigrad", "by hand", 1e-9),
        (2, "trigrad wrong", "by hand", 1e-9),
        (2, "trigrad", "PyTorch", None),
        (3, "trigrad", "by hand", None),
        (3, "trigrad wrong", "by hand", None),
        (3, "trigrad", "f alone", None),
    ]
    assert [(j.size, j.ours) for j in jobs_of([CUBE], quick=True)] == [(2, "trigrad"), (2, "trigrad wrong")]


class Counting:
    """Measures by giving what it was told to, and counts."""

    def __init__(self, *statuses):
        self.statuses, self.jobs = list(statuses), []

    def __call__(self, job, settings):
        self.jobs.append(job)
        status = self.statuses.pop(0) if self.statuses else TIMED
        if status == "interrupted":
            raise KeyboardInterrupt
        return timed_record((2.0, 1.9, 2.1) if status == TIMED else (), job=job, status=status)


def test_a_run_resumes_after_the_duels_that_are_finished(tmp_path):
    jobs, path = list(jobs_of([CUBE], quick=False)), tmp_path / "full.json"
    first = Counting(TIMED, FAILED, "interrupted")
    with pytest.raises(KeyboardInterrupt):
        run(jobs, Store(path, BRIEF), measure=first)
    assert [entry.name for entry in tmp_path.iterdir()] == ["full.json"]  # no temporary file is left
    second = Counting()
    records = run(jobs, Store(path, BRIEF), measure=second)
    assert second.jobs == jobs[1:]  # what failed is tried again
    assert [record.job for record in records] == jobs
    assert records == run(jobs, Store(path, BRIEF), measure=Counting("interrupted"))


def test_what_is_left_when_the_time_is_up_is_left_out_by_name_and_measured_the_next_time(tmp_path):
    jobs, path = list(jobs_of([CUBE], quick=False)), tmp_path / "quick.json"
    hurried = replace(BRIEF, limit=0.0)
    first, second = Counting(), Counting()
    found = run(jobs, Store(path, hurried), measure=first)
    assert first.jobs == jobs[:1]
    assert {(r.status, r.reason) for r in found[1:]} == {(LEFT_OUT, "the 0 seconds of this run were over")}
    assert all(r.skipped and r.met is None for r in found[1:])
    run(jobs, Store(path, hurried), measure=second)
    assert second.jobs == jobs[1:2]


def test_progress_estimates_the_time_left(tmp_path):
    said = []
    run([job(), job(peer="PyTorch")], Store(tmp_path / "full.json", BRIEF), lambda *what: said.append(what), Counting())
    assert [(done, left is None) for done, _, left in said] == [(0, True), (1, False), (2, False)]
    assert said[-1][1:] == (None, 0.0)


def test_other_code_other_settings_and_other_versions_are_measured_anew(tmp_path, monkeypatch):
    jobs, path = [job()], tmp_path / "full.json"
    run(jobs, Store(path, BRIEF), measure=Counting())
    other_settings = Counting()
    run(jobs, Store(path, replace(BRIEF, rounds=3)), measure=other_settings)
    monkeypatch.setitem(PEERS, "by hand", Peer("by hand", "numpy", "pytest"))
    other_version = Counting()
    run(jobs, Store(path, BRIEF), measure=other_version)
    monkeypatch.undo()
    monkeypatch.setattr(runner, "fingerprint", lambda: "other code")
    other_code = Counting()
    run(jobs, Store(path, BRIEF), measure=other_code)
    assert [len(m.jobs) for m in (other_settings, other_version, other_code)] == [1, 1, 1]


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_file_that_is_not_whole_is_begun_again(tmp_path, text):
    path = tmp_path / "full.json"
    path.write_text(text, encoding="utf-8")
    assert len(run([job()], Store(path, BRIEF), measure=Counting())) == 1
    assert len(json.loads(path.read_text(encoding="utf-8"))) == 1


def test_a_record_comes_back_from_json_as_it_was():
    record = timed_record((2.0, 1.9, 2.1), goal=3.0)
    assert Record.from_dict(json.loads(json.dumps(asdict(record)))) == record


# -- what is said ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "goal", "verdict", "met"),
    [
        ((6.5, 6.0, 7.0), 6.0, "ahead", True),
        ((2.0, 1.8, 2.1), 6.0, "ahead", False),
        ((1.19, 1.18, 1.2), None, "tie", None),
        ((1.5, 0.9, 1.9), None, "tie", None),
        ((0.6, 0.59, 0.61), 1 / 1.8, "behind", True),
        ((0.5, 0.49, 0.51), 1 / 1.8, "behind", False),
    ],
)
def test_verdicts_and_goals(ratio, goal, verdict, met):
    record = timed_record(ratio, goal)
    assert (record.verdict, record.met) == (verdict, met)


@pytest.mark.parametrize(("limit", "met"), [(1e-3, True), (0.9e-3, False)])
def test_a_goal_may_be_a_time(limit, met):
    record = timed_record((0.1, 0.1, 0.1), job=Job("T1 cube", 2, "trigrad", "f alone recorded", None, limit))
    assert record.met is met and record.verdict == "cost"
    assert row_of(record)[-2:] == (
        f"{seconds(limit)} at most",
        f"10 times recording f, goal {'met' if met else 'missed'}",
    )
    assert exponents([replace(record, job=replace(record.job, size=n)) for n in (1, 2, 3)]) == ()


def report_of(*records):
    return Report(records, BRIEF, {"processor": "an abacus"})


RECORDS = (
    timed_record((6.5, 6.0, 7.0), 6.0),
    timed_record((0.5, 0.49, 0.51), 0.6),
    Record(job(peer="PyTorch", goal=3.0), ABSENT, "PyTorch is not installed"),
    Record(job(ours="trigrad wrong", goal=2.0), WRONG, "trigrad wrong is off"),
    timed_record((0.4, 0.35, 0.45), job=job(peer="f alone")),
)


def costs(*points, ours="trigrad"):
    return [timed_record((1 / cost,) * 3, job=Job("T1 cube", size, ours, "f alone", None)) for size, cost in points]


def test_exponents_are_slopes_on_logarithmic_axes_with_their_spread():
    reverse, differences = (
        costs((10, 3.0), (1_000, 3.0), (100, 3.0)),
        costs((1, 2.0), (2, 4.0), (4, 8.0), ours="trigrad n"),
    )
    a, b = exponents([*differences, *reverse])[::-1]
    assert (a.sizes, a.costs) == ((10, 100, 1_000), pytest.approx((3.0,) * 3))
    assert (a.slope, a.spread) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert (b.slope, b.spread) == pytest.approx((1.0, 0.0), abs=1e-12)
    assert (
        str(a) == "T1 cube, trigrad: the gradient takes 3 to 3 times as long as f, as n^(0.00 ± 0.00), n = 10 to 1,000"
    )


def test_the_spread_of_an_exponent_is_its_standard_error():
    """Against SciPy's line."""
    stats = pytest.importorskip("scipy.stats", reason="SciPy comes with the extra `test`")
    points = ((10, 3.0), (100, 3.3), (1_000, 2.9), (10_000, 4.1))
    found = exponents(costs(*points))[0]
    expected = stats.linregress(*np.log(np.array(points).T))
    assert (found.slope, found.spread) == pytest.approx((expected.slope, expected.stderr), rel=1e-12)


def test_two_sizes_and_other_peers_are_no_exponent():
    ratios = [timed_record((2.0, 2.0, 2.0), job=Job("T1 cube", n, "trigrad", "PyTorch", None)) for n in (1, 2, 3)]
    assert exponents([*costs((1, 2.0), (2, 4.0)), *ratios]) == ()


def test_the_report_says_ratio_goal_and_verdict():
    report = report_of(*RECORDS)
    text = str(report)
    assert "6.5" in text and "6 to 7" in text and "ahead, goal met" in text and "behind, goal missed" in text
    assert "absent: PyTorch is not installed" in text and "wrong: trigrad wrong is off" in text
    assert "2.5 times f" in text and "100 ms" in text  # the cost of the gradient, and the first call
    assert report.goals == "1 of 3 goals met; missed: T1 cube (2) against by hand, T1 cube (2) against by hand"
    assert not report.sound and report_of(*RECORDS[:3]).sound


def test_the_page_has_every_record_and_the_machine_and_a_row_is_as_wide_as_its_table():
    grown = costs((10, 3.0), (100, 3.0), (1_000, 3.0))
    text = page(report_of(*RECORDS, *grown), {"T1 cube": "a cube"})
    rows = [line for line in text.splitlines() if line.startswith("| T1 cube | 2 |")]
    assert len(rows) == len(RECORDS)
    assert {line.count("|") for line in rows} == {len(HEADERS) + 1}
    assert "- processor: an abacus" in text and "| T1 cube | a cube |" in text
    assert "{" not in text and "](results.svg)" in text and "](exponents.svg)" in text
    assert "\n- T1 cube, trigrad: the gradient takes 2.5 to 3 times as long as f" in text
    assert row_of(RECORDS[0])[-1] in text


def test_the_json_holds_costs_and_exponents():
    found = json.loads(report_of(*RECORDS, *costs((1, 2.0), (2, 4.0), (4, 8.0))).to_json())
    assert [record["cost"] for record in found["records"][:5]] == [None, None, None, None, 2.5]
    assert [(one["ours"], round(one["slope"], 9)) for one in found["exponents"]] == [("trigrad", 1.0)]


@pytest.mark.parametrize("records", [RECORDS, (), costs((1, 2.0), (2, 4.0), (4, 8.0))], ids=["both", "none", "costs"])
def test_the_same_records_give_the_same_figures(tmp_path, records):
    report = report_of(*records, *[replace(r, job=replace(r.job, ours="trigrad compiled")) for r in records])
    for name in ("a.svg", "b.svg"):
        report.plot(tmp_path / name)
        report.plot_exponents(tmp_path / f"exponents-{name}")
    for figure in ("", "exponents-"):
        assert (tmp_path / f"{figure}a.svg").read_bytes() == (tmp_path / f"{figure}b.svg").read_bytes()


def test_the_figure_has_a_line_for_each_of_ours_at_each_size():
    names = ("trigrad compiled", "trigrad compiled scan", "trigrad")
    found = [timed_record((2.0, 1.9, 2.1), job=Job("N2", 32, ours, peer, None)) for ours in names for peer in STYLES]
    assert {name: len(line) for name, line in lines_of(found[: 2 * len(STYLES)]).items()} == {
        "N2 (32)": len(STYLES),
        "N2 (32) scan": len(STYLES),
    }
    assert [compiled(record) for record in found[:: len(STYLES)]] == [True, True, False]


def test_the_machine_is_described_without_names_of_hosts_and_paths():
    found = machine()
    assert {"processor", "cores", "Python", "NumPy", "BLAS"} <= set(found)
    text = " ".join(found.values())
    assert not platform.node() or platform.node() not in text.split()
    assert str(runner.ROOT) not in text
    assert all(found.values())


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_a_table_and_writes_json_and_figure(tmp_path, capsys):
    jobs = list(jobs_of([WORKLOADS["N1"]], quick=True))
    assert command.main(["--quick", "--only", "N1", "--out", str(tmp_path)], Counting()) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("trigrad beside its peers") and "N1" in shown.out and "S5" not in shown.out
    first, second, *_ = shown.err.splitlines()
    assert first == f"1/{len(jobs)} {jobs[0]}"
    assert second == f"2/{len(jobs)} {jobs[1]}; about 1 minute left"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quick.json", "results.json", "results.svg"]
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [record["verdict"] for record in kept["records"]] == ["ahead"] * len(jobs)


def test_the_command_prints_json(tmp_path, capsys):
    assert command.main(["--quick", "--only", "S5,N1", "--out", str(tmp_path), "--json"], Counting()) == 0
    assert {r["job"]["workload"] for r in json.loads(capsys.readouterr().out)["records"]} == {"S5", "N1"}


def test_a_failure_is_an_exit_code_and_so_is_an_interruption(tmp_path, capsys):
    assert command.main(["--quick", "--only", "N1", "--out", str(tmp_path / "a")], Counting(WRONG)) == 1
    assert command.main(["--quick", "--only", "N1", "--out", str(tmp_path / "b")], Counting("interrupted")) == 130
    assert "interrupted; the same command goes on from here" in capsys.readouterr().err


def test_an_unknown_workload_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--only", "E1,X9"])
    assert stop.value.code == 2
    assert "'X9' is no workload; there are A1, " in capsys.readouterr().err


def test_only_a_whole_run_writes_the_page(tmp_path, monkeypatch, capsys):
    for name in ("OUT", "HERE"):
        monkeypatch.setattr(command, name, tmp_path / name)
        (tmp_path / name).mkdir()
    for some in (["--quick"], ["--only", "N1"], []):
        assert not (tmp_path / "HERE" / "README.md").exists()
        command.main([*some, "--out", str(tmp_path / "OUT")], Counting())
    text = (tmp_path / "HERE" / "README.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in WORKLOADS)
    assert (tmp_path / "HERE" / "results.svg").exists() and (tmp_path / "HERE" / "exponents.svg").exists()
