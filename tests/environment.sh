#!/bin/sh
# Makes the virtual environment .venv and installs this project into it, editable, with its development tools.
#
# usage: sh tests/environment.sh [PYTHON]
#
# pip is brought up to date first, and not for its own sake: the console scripts of older pips import `re`
# before anything of ours runs, which costs `ocitool --version` half as much time again.
set -eu

supported='import ensurepip, sys; sys.exit(sys.version_info < (3, 11))'

usable() { command -v "$1" >/dev/null 2>&1 && "$1" -c "$supported" >/dev/null 2>&1; }

choose() {
    for python in "$@" python3.11 python3 python3.12 python3.13 python3.14; do
        if [ -n "$python" ] && usable "$python"; then
            echo "$python"
            return
        fi
    done
    return 1
}

retry() {
    for pause in 5 20 0; do
        "$@" && return
        echo "environment.sh: failed: $*" >&2
        sleep "$pause"
    done
    return 1
}

if ! python=$(choose "$@"); then
    sh "$(dirname "$0")/system.sh" python3-venv
    python=$(choose "$@") || { echo "environment.sh: no Python 3.11 or newer with venv was found" >&2; exit 1; }
fi

"$python" -m venv .venv
retry .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.3'
retry .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
