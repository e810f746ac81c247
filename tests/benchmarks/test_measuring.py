"""Duels, runs and reports, on small workloads made for the purpose; no test looks at a time."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from benchmarks import ONE_THREAD, runner
from benchmarks import __main__ as command
from benchmarks.machine import machine
from benchmarks.measuring import measure
from benchmarks.page import page
from benchmarks.peers import PEERS, Peer
from benchmarks.records import ABSENT, FAILED, TIMED, WRONG, Job, Record, Settings, jobs_of
from benchmarks.report import HEADERS, Report, row_of
from benchmarks.runner import Store, measure_apart, run
from benchmarks.workload import Duel, Workload
from benchmarks.workloads import WORKLOADS

BRIEF = Settings(rounds=2, minimum=0.0, budget=60.0)


def cube(x):
    return lambda: (x**3, 3 * x**2)


def slightly_wrong(x):
    return lambda: (x**3, 3.0001 * x**2)


def broken(x):
    raise ZeroDivisionError("no such\nthing")


CUBE = Workload(
    name="T1 cube",
    title="a cube",
    sizes=(2, 3),
    quick=(2,),
    make=float,
    contestants={"by hand": cube, "trigrad": cube, "trigrad wrong": slightly_wrong, "PyTorch": cube, "MyGrad": broken},
    reference="by hand",
    duels=(Duel("trigrad", "by hand", {2: 1e-9}), Duel("trigrad wrong", "by hand", {2: 1e-9})),
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
    low, high = record.ratio[1:]
    assert low <= record.ratio[0] <= high
    assert record.met is True


def test_a_wrong_answer_is_not_timed():
    record = measure(CUBE, job("trigrad wrong"), BRIEF)
    assert (record.status, record.ratio, record.seconds) == (WRONG, (), ())
    assert record.reason == "trigrad wrong is off by 1.7e-05 from by hand, more than 1e-10"


def test_a_contestant_that_raises_is_a_failure_with_its_reason(monkeypatch):
    monkeypatch.setitem(PEERS, "MyGrad", Peer("MyGrad", "numpy", "numpy"))
    record = measure(CUBE, job(peer="MyGrad"), BRIEF)
    assert (record.status, record.reason) == (FAILED, "ZeroDivisionError: no such thing")


def test_an_absent_peer_is_skipped_by_name(monkeypatch):
    monkeypatch.setitem(PEERS, "PyTorch", Peer("PyTorch", "a_package_that_nobody_has", "a-package-that-nobody-has"))
    record = measure(CUBE, job(peer="PyTorch", goal=3.0), BRIEF)
    assert (record.status, record.reason) == (ABSENT, "PyTorch is not installed")
    assert record.met is None


def test_a_duel_is_measured_in_a_process_of_its_own():
    record = measure_apart(Job("E1 floats", 1, "trigrad", "by hand", None), BRIEF)
    assert record.status == TIMED, record.reason


def test_libraries_find_one_thread_when_they_are_imported():
    code = (
        "import sys, benchmarks; assert 'numpy' not in sys.modules; import numpy, os\n"
        f"print(*[os.environ[name] for name in {list(ONE_THREAD)!r}])"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    done = subprocess.run([sys.executable, "-c", code], cwd=runner.ROOT, env=kept, capture_output=True, text=True)
    assert done.stdout.split() == ["1"] * len(ONE_THREAD), done.stderr


def test_a_process_that_dies_is_a_failure():
    record = measure_apart(Job("E1 floats", 1, "trigrad", "nobody", None), BRIEF)
    assert record.status == FAILED
    assert record.reason


# -- a run -------------------------------------------------------------------------------------------------------------


def test_jobs_are_duels_at_sizes():
    assert [(j.size, j.ours, j.goal) for j in jobs_of([CUBE], quick=False)] == [
        (2, "trigrad", 1e-9),
        (2, "trigrad wrong", 1e-9),
        (3, "trigrad", None),
        (3, "trigrad wrong", None),
    ]
    assert {j.size for j in jobs_of([CUBE], quick=True)} == {2}


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


def report_of(*records):
    return Report(records, BRIEF, {"processor": "an abacus"})


RECORDS = (
    timed_record((6.5, 6.0, 7.0), 6.0),
    timed_record((0.5, 0.49, 0.51), 0.6),
    Record(job(peer="PyTorch", goal=3.0), ABSENT, "PyTorch is not installed"),
    Record(job(ours="trigrad wrong", goal=2.0), WRONG, "trigrad wrong is off"),
)


def test_the_report_says_ratio_goal_and_verdict():
    report = report_of(*RECORDS)
    text = str(report)
    assert "6.5" in text and "6 to 7" in text and "ahead, goal met" in text and "behind, goal missed" in text
    assert "absent: PyTorch is not installed" in text and "wrong: trigrad wrong is off" in text
    assert report.goals == "1 of 3 goals met; missed: T1 cube (2) against by hand, T1 cube (2) against by hand"
    assert not report.sound and report_of(*RECORDS[:3]).sound


def test_the_page_has_every_record_and_the_machine_and_a_row_is_as_wide_as_its_table():
    text = page(report_of(*RECORDS), {"T1 cube": "a cube"}, "results.svg")
    rows = [line for line in text.splitlines() if line.startswith("| T1 cube | 2 |")]
    assert len(rows) == len(RECORDS)
    assert {line.count("|") for line in rows} == {len(HEADERS) + 1}
    assert "- processor: an abacus" in text and "| T1 cube | a cube |" in text
    assert "{" not in text
    assert row_of(RECORDS[0])[-1] in text


def test_the_machine_is_described_without_names_of_hosts_and_paths():
    found = machine()
    assert {"processor", "cores", "Python", "NumPy", "BLAS"} <= set(found)
    text = " ".join(found.values())
    assert not platform.node() or platform.node() not in text.split()
    assert str(runner.ROOT) not in text
    assert all(found.values())


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_a_table_and_writes_json_and_figure(tmp_path, capsys):
    assert command.main(["--quick", "--only", "N1", "--out", str(tmp_path)], Counting()) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("trigrad beside its peers") and "N1" in shown.out and "S5" not in shown.out
    assert shown.err.splitlines()[0] == f"1/{len(WORKLOADS['N1'].duels)} N1, size 64: trigrad and by hand"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quick.json", "results.json", "results.svg"]
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [record["verdict"] for record in kept["records"]] == ["ahead"] * len(WORKLOADS["N1"].duels)


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
    assert "'X9' is no workload; there are E1, N1, S5" in capsys.readouterr().err


def test_only_a_whole_run_writes_the_page(tmp_path, monkeypatch, capsys):
    for name in ("OUT", "HERE"):
        monkeypatch.setattr(command, name, tmp_path / name)
        (tmp_path / name).mkdir()
    for some in (["--quick"], ["--only", "N1"], []):
        assert not (tmp_path / "HERE" / "README.md").exists()
        command.main([*some, "--out", str(tmp_path / "OUT")], Counting())
    text = (tmp_path / "HERE" / "README.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in WORKLOADS)
    assert (tmp_path / "HERE" / "results.svg").exists()
