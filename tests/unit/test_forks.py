"""Steps that run as forks: what Snakemake sees of them is what it sees of a shell that runs the same command."""

import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from neural_redshift.forks import ONE_THREAD, Fork, Forks, _waits

EXPECT, JOIN = "neural_redshift.steps.expect", "neural_redshift.steps.join"
SETTINGS = (
    '{"activations": ["relu"], "bias_magnitudes": [1.0], "depths": [1], "grid_points": 16, "seed": 1,'
    ' "weight_magnitudes": [1.0], "widths": [4]}'
)
GOOD = f"--output OUTPUT --settings '{SETTINGS}' --fingerprint 1"
BAD = "nowhere.parquet --output OUTPUT"
ENVIRONMENT = os.environ | ONE_THREAD


@contextmanager
def sampled(pid: int | None, record: Any, interval: float) -> Iterator[Any]:
    record.sampled = True
    yield record


@pytest.fixture(autouse=True)
def this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


@contextmanager
def forks_of(*modules: str) -> Iterator[Forks]:
    forks = Forks(sampled)
    forks.prepare(modules)
    try:
        yield forks
    finally:
        forks.close()


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        with forks_of(EXPECT) as forks:
            yield forks


def command(arguments: str, log: Path, step: str = EXPECT) -> str:
    """What Snakemake gives to a shell."""
    output = str(log.with_suffix(".parquet"))
    return f"set -euo pipefail;  python -m {step} {arguments.replace('OUTPUT', output)} 2> {log}"


def start(forks: Forks, command: str) -> Fork:
    fork = forks.popen(command, env=ENVIRONMENT, shell=True, executable="/bin/bash")
    assert isinstance(fork, Fork)
    return fork


def server_of(forks: Forks) -> psutil.Process:
    assert forks._server
    return psutil.Process(forks._server.pid)


def started_and_held(forks: Forks, tmp_path: Path) -> Fork:
    """A step that waits for somebody to read its log."""
    os.mkfifo(tmp_path / "log")
    return start(forks, command(GOOD, tmp_path / "log"))


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("arguments", "status"), [(GOOD, 0), (BAD, 1), ("--output", 2)])
def test_a_fork_does_what_a_shell_does(forks: Forks, tmp_path: Path, arguments: str, status: int):
    step = EXPECT if arguments == GOOD else JOIN
    shell, fork = tmp_path / "shell", tmp_path / "fork"
    ran = subprocess.run(
        command(arguments, shell, step), check=False, env=ENVIRONMENT, shell=True, executable="/bin/bash"
    )
    assert ran.returncode == status
    assert start(forks, command(arguments, fork, step)).wait() == status
    assert fork.read_text() == shell.read_text()
    outputs = [log.with_suffix(".parquet") for log in (shell, fork)]
    assert [file.exists() for file in outputs] == [status == 0] * 2
    if status == 0:
        assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_an_error_of_the_code_leaves_its_traceback(forks: Forks, tmp_path: Path):
    assert start(forks, command("--output x --settings '{}'", tmp_path / "log")).wait() == 1
    said = (tmp_path / "log").read_text()
    assert said.startswith("Traceback (most recent call last):")
    assert said.splitlines()[-1].startswith("KeyError: ")


def test_a_step_that_cannot_be_loaded_says_why(forks: Forks, tmp_path: Path):
    assert start(forks, command("", tmp_path / "log", "neural_redshift.steps.nonsense")).wait() == 1
    assert "No module named 'neural_redshift.steps.nonsense'" in (tmp_path / "log").read_text()


def test_many_at_once(forks: Forks, tmp_path: Path):
    def status(number: int) -> int:
        step, arguments = (JOIN, BAD) if number % 3 else (EXPECT, GOOD)
        return start(forks, command(arguments, tmp_path / str(number), step)).wait()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(status, range(24)))
    assert found == [int(number % 3 > 0) for number in range(24)]
    said = [(tmp_path / str(number)).read_text() for number in range(24)]
    assert [text.startswith("error: [Errno 2] ") for text in said] == [number % 3 > 0 for number in range(24)]


def test_the_cost_is_what_the_system_counted(forks: Forks, tmp_path: Path):
    fork = start(forks, command(GOOD, tmp_path / "log"))
    record = SimpleNamespace()
    begin = time.monotonic()
    with forks.benchmarked(fork.pid, record):
        assert fork.wait() == 0
    assert 0.001 < record.cpu_time < 60
    assert record.running_time <= time.monotonic() - begin
    assert 50 < record.max_rss < 2000
    assert not hasattr(record, "sampled")


@pytest.mark.parametrize(("send", "status"), [(Fork.terminate, -signal.SIGTERM), (Fork.kill, -signal.SIGKILL)])
def test_a_killed_step(forks: Forks, tmp_path: Path, capsys: pytest.CaptureFixture[str], send: Callable, status: int):
    fork = started_and_held(forks, tmp_path)
    until(lambda: psutil.Process(fork.pid).name() == "expect")
    send(fork)
    assert fork.wait() == status
    assert capsys.readouterr().err == f"{EXPECT}, process {fork.pid}: {signal.strsignal(-status)}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_ends_a_run_ends_its_steps_and_not_the_server(tmp_path: Path, number: signal.Signals):
    with forks_of(EXPECT) as forks:
        fork = started_and_held(forks, tmp_path)
        for process in (server_of(forks), psutil.Process(fork.pid)):
            process.send_signal(number)
        assert fork.wait() == -number
        assert not (tmp_path / "log.parquet").exists()
        assert server_of(forks).is_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_step_that_waits_for_the_server_gets_what_ends_a_run(tmp_path: Path, number: signal.Signals):
    with forks_of(EXPECT) as forks, ThreadPoolExecutor(1) as pool:
        server = server_of(forks)
        server.suspend()
        fork = pool.submit(start, forks, command(GOOD, tmp_path / "log"))
        server.send_signal(number)
        server.resume()
        assert fork.result().wait() == -number
        assert not (tmp_path / "log.parquet").exists()


def test_a_signal_that_is_ignored_is_ignored_by_the_steps(tmp_path: Path):
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with forks_of(EXPECT) as forks:
            server_of(forks).send_signal(signal.SIGINT)
            assert start(forks, command(GOOD, tmp_path / "log")).wait() == 0
    finally:
        signal.signal(signal.SIGINT, usual)


def test_a_server_that_is_killed_before_it_answers_leaves_the_step_to_a_shell(tmp_path: Path):
    large = {f"FILLER_{number}": "x" * 60_000 for number in range(10)}  # more than a socket holds
    with forks_of(EXPECT) as forks, ThreadPoolExecutor(1) as pool:
        server_of(forks).suspend()
        asked = {"env": ENVIRONMENT | large, "shell": True, "executable": "/bin/bash"}
        process = pool.submit(forks.popen, command(GOOD, tmp_path / "log"), **asked)
        time.sleep(0.2)
        server_of(forks).kill()
        assert isinstance(process.result(60), subprocess.Popen)
        assert process.result().wait() == 0


def test_a_server_with_too_many_open_files_leaves_the_step_to_a_shell_and_its_forks_alone(tmp_path: Path):
    with forks_of(EXPECT) as forks:
        fork, server = started_and_held(forks, tmp_path), server_of(forks)
        most = server.rlimit(psutil.RLIMIT_NOFILE)
        server.rlimit(psutil.RLIMIT_NOFILE, (0, most[1]))
        process = forks.popen(command(GOOD, tmp_path / "other"), env=ENVIRONMENT, shell=True, executable="/bin/bash")
        assert isinstance(process, subprocess.Popen)
        assert process.wait() == 0
        server.rlimit(psutil.RLIMIT_NOFILE, most)
        assert (tmp_path / "log").read_text() == ""
        assert fork.wait() == 0


def test_whoever_does_not_wait_gets_no_fork():
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            assert _waits(ours)
        assert not _waits(ours)


def test_a_fork_is_in_the_folder_of_the_process_that_asks(
    forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert start(forks, command(GOOD, Path("log"))).wait() == 0
    assert (tmp_path / "log.parquet").exists()


def test_a_killed_server_takes_its_forks_along_and_shells_take_its_place(tmp_path: Path):
    with forks_of(EXPECT) as forks:
        fork = started_and_held(forks, tmp_path)
        server_of(forks).kill()
        assert fork.wait() == -signal.SIGKILL
        until(lambda: ended(fork.pid))
        until(lambda: ended(server_of(forks).pid))
        process = forks.popen(command(GOOD, tmp_path / "another"), env=ENVIRONMENT, shell=True, executable="/bin/bash")
        assert isinstance(process, subprocess.Popen)
        assert process.wait() == 0


def test_the_server_ends_with_the_process_that_started_it(tmp_path: Path):
    code = f"from neural_redshift.forks import Forks; import time; f = Forks(None); f.prepare([{EXPECT!r}]);"
    code += "print(f._server.pid, flush=True); time.sleep(1000)"
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    server = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    until(lambda: ended(server))


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        ("echo", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help > /dev/null", ENVIRONMENT),
        ("cd . && python -m neural_redshift.steps.expect --help 2> /dev/null", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help 2> /dev/null; true", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help 2> '/dev/null'", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help ~ $HOME * 2> /dev/null", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help > /dev/null 2> /dev/null", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help 2> /dev/null && echo 2> /dev/null", ENVIRONMENT),
        ("python -m neural_redshift.steps.expect --help 2> /dev/null", ENVIRONMENT | {"OMP_NUM_THREADS": "2"}),
    ],
)
def test_anything_else_is_done_by_a_shell(forks: Forks, command: str, environment: dict[str, str]):
    bash = {"shell": True, "executable": "/bin/bash", "stdout": subprocess.DEVNULL}
    process = forks.popen(f"set -euo pipefail;  {command}", env=environment, **bash)
    assert isinstance(process, subprocess.Popen)
    record = SimpleNamespace()
    with forks.benchmarked(process.pid, record):
        assert process.wait() == 0
    assert record.sampled


def test_another_python_is_left_to_shells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "python").symlink_to("/bin/true")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with forks_of(EXPECT) as forks:
        assert forks._server is None


def test_no_module_starts_a_thread_when_it_is_loaded(tmp_path: Path):
    folders = {name: import_module(f"neural_redshift.{name}").__path__ for name in ("steps", "figures", "tasks")}
    modules = [
        f"neural_redshift.{name}.{module.name}" for name in folders for module in pkgutil.iter_modules(folders[name])
    ]
    assert len(modules) > 50
    with forks_of(*modules) as forks:
        assert start(forks, command(GOOD, tmp_path / "log")).wait() == 0
        server = server_of(forks)
        until(lambda: any("libtorch_cpu" in part.path for part in server.memory_maps()))
        until(lambda: server.status() == psutil.STATUS_SLEEPING and server.cpu_percent(0.5) == 0)
        threads = [file.read_text().strip() for file in Path(f"/proc/{server.pid}/task").glob("*/comm")]
        assert len(threads) - threads.count("jemalloc_bg_thd") == 1  # which is of Arrow's allocator, and made for forks
