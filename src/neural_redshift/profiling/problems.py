"""What cannot be measured, said in one sentence."""

import re
import traceback


class BadModule(ValueError):
    """A module, function, array or setting that cannot be measured: what was found, where, and what is allowed."""


def in_words(problem: BaseException, file: str | None = None) -> str:
    """An exception on the CPU, as `raised` has it, and whether it is for want of a GPU."""
    advice = "it needs a GPU, but the instrument starts on the CPU"
    return f"{said}; {advice}" if _of_a_gpu(said := raised(problem, file)) else said


def raised(problem: BaseException, file: str | None = None) -> str:
    """An exception as `RuntimeError (net.py, line 12): its first line`.

    The line is the last one of `file` that the exception passed through; without a file, or where it passed
    through none of its lines, there is no place.
    """
    kind, message = type(problem).__name__, str(problem).strip().split("\n")[0]
    if isinstance(problem, SyntaxError):
        place, message = f" ({_name(problem.filename or '')}, line {problem.lineno})", problem.msg
    else:
        lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == file]
        place = f" ({_name(file)}, line {lines[-1]})" if file and lines else ""
    return f"{kind}{place}: {message}" if message else f"{kind}{place}"


def _name(file: str) -> str:
    return re.split(r"[\\/]", file)[-1]


def _of_a_gpu(message: str) -> bool:
    return bool(re.search(r"\bCUDA\b|NVIDIA|\bcuda\b", message))
