"""Steps as forks of one process that has their modules loaded, so that a step starts in 10 ms and not in 0.4 to 1.5 s.

On this machine Snakemake runs the command of a job in a shell: `python -m neural_redshift.steps.<step> … 2> <log>`.
`popen` takes the place of `subprocess.Popen` in that call: it asks the server for a fork that does the same, and gives
whatever else it is asked for to a shell. The command that Snakemake prints can be called by hand at any time.

The server loads modules, and computes nothing: it uses no device, and no thread but one of Arrow's allocator, which is
made for that, so that it can be forked. It ends with Snakemake, and its forks end with it. Jobs on the nodes of a
cluster are no forks, nor are those of a run with `--no-hooks`.
"""

import atexit
import gc
import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from ctypes import CDLL
from functools import cache
from importlib import import_module
from os.path import samefile
from pathlib import Path
from typing import Any

from neural_redshift.command_line import run

WORDS = r"""(?:[\w@%+=:,./ -]|'[^']*'|"'")*"""  # in which a shell finds nothing but quotes
STEP = re.compile(rf"set -euo pipefail; *python -m (neural_redshift\.steps\.\w+) ({WORDS}) 2> ([\w@%+=:,./-]+)")
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}  # what is sent to all processes of a run that shall end
READ_WHEN_LOADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ONE_THREAD = dict.fromkeys(READ_WHEN_LOADED, "1")


class Fork:
    """A step that runs: of `subprocess.Popen` what Snakemake uses."""

    def __init__(self, channel: socket.socket, request: dict[str, Any]):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(channel, [b"\0"], [theirs.fileno()])
            ours.sendall(json.dumps(request).encode() + b"\n")
            self._answers = ours.makefile("rb")
        self._module = request["module"]
        self.pid: int = self._answer()
        self.returncode: int | None = None
        self.seconds = self.peak = 0.0  # of processor time, user and system; MB of memory

    def _answer(self) -> Any:
        if not (line := self._answers.readline()):
            self._answers.close()
            raise OSError("no answer from the process that starts the steps")
        return json.loads(line)

    def wait(self) -> int:
        """The exit status, of a step that a signal killed less than 0; that too where the server was killed."""
        if self.returncode is None:
            self.returncode = -signal.SIGKILL
            with suppress(OSError), self._answers:
                self.returncode, self.seconds, self.peak = self._answer()
            if self.returncode < 0 and -self.returncode != signal.SIGINT:  # a shell says so too
                print(f"{self._module}, process {self.pid}: {signal.strsignal(-self.returncode)}", file=sys.stderr)
        return self.returncode

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)


class Forks:
    """Starts steps for one run of Snakemake, as forks of a server where that can be done."""

    def __init__(self, sampled: Callable[[int | None, Any, float], AbstractContextManager[Any]]):
        self._sampled = sampled  # the benchmark of whatever is no fork
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket
        self._started: dict[int, Fork | subprocess.Popen[Any]] = {}

    def prepare(self, modules: Collection[str]) -> None:
        """Start the server, which loads these modules, on Linux and if `python` is the python that runs Snakemake."""
        python = shutil.which("python")
        same = python and Path(python).parent == Path(sys.executable).parent and samefile(python, sys.executable)
        if sys.platform != "linux" or not same or not modules:
            return
        self._channel, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno()), *sorted(modules)]
            usual = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # which it keeps for its forks
            try:
                self._server = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=os.environ | ONE_THREAD)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, usual)
        atexit.register(self.close)  # and their processor time is counted with Snakemake's

    def close(self) -> None:
        """End the server, and what it started."""
        if self._server:
            self._channel.close()
            self._server.wait()

    def popen(self, command: str, *, env: dict[str, str], **options: Any) -> Fork | subprocess.Popen[Any]:
        """Start a command: a step of one thread as a fork, anything else in a shell."""
        process = self._fork(command, env) or subprocess.Popen(command, env=env, **options)
        self._started[process.pid] = process
        return process

    def _fork(self, command: str, env: dict[str, str]) -> Fork | None:
        step = STEP.fullmatch(command)
        if not self._server or self._server.poll() is not None or not step or not ONE_THREAD.items() <= env.items():
            return None
        module, arguments, log = step.groups()
        place = {"folder": os.getcwd(), "log": log, "environment": env}
        request = {"module": module, "arguments": shlex.split(arguments), **place}
        try:
            return Fork(self._channel, request)
        except OSError:  # it was killed a moment ago, or cannot fork
            return None

    @contextmanager
    def benchmarked(self, pid: int | None = None, record: Any = None, interval: float = 0.5) -> Iterator[Any]:
        """`snakemake.benchmark.benchmarked`: for a fork, what the operating system counted, to its end.

        Anything else is sampled twice a second. Snakemake's 30 s, and no look at the end, lose a quarter of a minute's.
        """
        process = self._started.pop(pid or 0, None)
        if not isinstance(process, Fork):
            with self._sampled(pid, record, interval) as found:
                yield found
            return
        begin = time.time()
        try:
            yield record
        finally:
            record.running_time = time.time() - begin
            record.cpu_time, record.cpu_usage = process.seconds, 100 * process.seconds
            record.max_rss, record.data_collected = process.peak, True


def serve(channel: socket.socket, modules: list[str]) -> dict[str, Any]:
    """In the server, load what a request needs, fork, and tell how each fork ended; between requests, load the others.

    It ends with the channel. What asks a whole run to end is blocked here, and is for the forks, those too that are
    asked for and wait. In a fork, this returns the request.
    """
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # that of the allocator
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    server, connections = os.getpid(), dict[int, socket.socket]()
    while True:
        ready, _, _ = select.select([channel.fileno(), wake], [], [], 0 if modules else None)
        if not ready:
            _load(modules.pop())
        if wake in ready:
            os.read(wake, 4096)
            for pid, *end in _ended():
                if pid in connections:  # and not what an import left behind
                    _say(end, connections[pid])
                    connections.pop(pid).close()
        if channel.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
            if not message:  # Snakemake has ended
                os._exit(0)
            if not descriptors:  # too many files are open
                continue
            connection = socket.socket(fileno=descriptors[0])
            with connection.makefile("rb") as lines, suppress(ValueError):
                request = json.loads(lines.readline())
                _load(request["module"])
                request["sent"] = sorted(signal.sigpending() & ENDING)
            if _waits(connection):
                with suppress(OSError):  # no memory, or too many processes: a shell will say so
                    connections[pid := os.fork()] = connection
                    if pid == 0:
                        CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
                        if os.getppid() != server:  # which died before that
                            os._exit(1)
                        for one in (channel, *connections.values()):
                            one.close()
                        return request
                    _say(pid, connection)
                    continue
            connection.close()


def _say(what: Any, connection: socket.socket) -> None:
    with suppress(OSError):
        connection.sendall(json.dumps(what).encode() + b"\n")


def _waits(connection: socket.socket) -> bool:
    """Whether somebody is still at the other end."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _load(module: str) -> None:
    if module in sys.modules:
        return
    with suppress(Exception):  # the step that needs it will say what is wrong
        import_module(module)
        if "numba" in sys.modules:
            _set_numba_up()
    gc.freeze()  # a fork that collects garbage would copy what it shares


@cache
def _set_numba_up() -> None:
    """Compile a function: the first one takes a fifth of a second more than any other."""
    from numba import njit

    njit(lambda: None)()  # type: ignore[call-arg]


def _ended() -> Iterator[tuple[int, int, float, float]]:
    """Process, exit status, seconds and MB of each fork that has ended."""
    with suppress(ChildProcessError):
        while (end := os.wait4(-1, os.WNOHANG))[0]:
            pid, status, usage = end
            yield pid, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def become(
    module: str, arguments: list[str], folder: str, log: str, environment: dict[str, str], sent: list[int]
) -> None:
    """Be `cd folder; python -m module arguments 2> log` from here on, which these signals were sent to."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    with suppress(OSError):
        Path("/proc/self/comm").write_text(module.rpartition(".")[2])  # what ps and top show

    def work() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        os.chdir(folder)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), sys.stderr.fileno())
        for number in sent:
            signal.raise_signal(number)
        step = sys.modules["__main__"] = import_module(module)
        sys.argv = [str(step.__file__), *arguments]
        step.main()

    status = 1
    try:
        run(work)
        status = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        else:
            status = end.code or 0
    except BaseException as problem:
        traceback.print_exc()
        if isinstance(problem, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # an interpreter's own end would take torch apart first


if __name__ == "__main__":
    become(**serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:]))
