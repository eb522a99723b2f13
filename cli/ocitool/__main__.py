"""The entry point of `ocitool` and of `python -m ocitool`.

Rules: `--version` is answered before click is imported; nothing is imported at module level that Python has
not loaded already; whatever happens, the process ends with a documented code and without a traceback.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

GARBAGE_THRESHOLD = 50_000
"""Objects that are made before Python looks for cycles among them; its own default is 700."""

_WRONG_OCI = """\
ocitool: the installed package 'oci' is another one (Oracle's cloud SDK has the same name): {found}
hint: keep the two apart: python3 -m venv ~/.ocitool && ~/.ocitool/bin/pip install ocitool
"""


def main() -> NoReturn:
    """Run the command line of this process, and end the process with its exit code (`ocitool.exit_code`)."""
    # Hardly anything of a short run becomes garbage; looking for it among all that is imported takes time.
    gc.set_threshold(GARBAGE_THRESHOLD)
    code = _answer(sys.argv[1:])
    if sys.gettrace() is None and sys.getprofile() is None:
        # All output is flushed, all threads are done. To take every module apart takes as long as to run.
        os._exit(code)
    sys.exit(code)


def _answer(arguments: list[str]) -> int:
    code = 0
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 128 + 2
    except BrokenPipeError:
        # Who read our output has enough.
        _drop_output()
        return 128 + 13
    except OSError as error:
        _drop_output()
        return code or _unwritten(error)
    return code


def _drop_output() -> None:
    # What is still buffered must not fail again when Python ends, which would set an exit code of its own.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _unwritten(error: OSError) -> int:
    from .exit_code import ExitCode

    sys.stderr.write(f"ocitool: standard output: {error.strerror}\n")
    return ExitCode.STORAGE


def _run(arguments: list[str]) -> int:
    try:
        import oci
    except ImportError as error:
        return _complain(str(error))
    if getattr(oci, "DISTRIBUTION", None) != "ocitool":
        return _complain(str(getattr(oci, "__file__", "")))
    name = "skopeo" if sys.argv[0].rpartition("/")[2] == "skopeo" else "ocitool"
    if arguments in (["--version"], ["-v"]) and name == "ocitool":
        sys.stdout.write(f"ocitool version {oci.__version__}\n")
        return 0
    from .program import run

    return run(arguments, name=name)


def _complain(found: str) -> int:
    sys.stderr.write(_WRONG_OCI.format(found=found.encode("unicode_escape").decode()))
    return 1


if __name__ == "__main__":
    main()
