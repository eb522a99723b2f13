"""The entry point of `ocitool` and of `python -m ocitool`.

Rules: `--version` is answered before click is imported; nothing is imported at module level that Python has
not loaded already; whatever happens, the process ends with a documented code and without a traceback.
"""

import os
import sys

_WRONG_OCI = """\
ocitool: the installed package 'oci' is another one (Oracle's cloud SDK has the same name): {found}
hint: keep the two apart: python3 -m venv ~/.ocitool && ~/.ocitool/bin/pip install ocitool
"""


def main() -> int:
    """Run the command line of this process.

    Returns:
        The process's exit code; see `ocitool.exit_code`.
    """
    code = 0
    try:
        code = _run(sys.argv[1:])
        if sys.stdout is not None:
            sys.stdout.flush()
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
    if arguments in (["--version"], ["-v"]):
        sys.stdout.write(f"ocitool version {oci.__version__}\n")
        return 0
    from .program import run

    return run(arguments)


def _complain(found: str) -> int:
    sys.stderr.write(_WRONG_OCI.format(found=found.encode("unicode_escape").decode()))
    return 1


if __name__ == "__main__":
    sys.exit(main())
