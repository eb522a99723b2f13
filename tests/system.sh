#!/bin/sh
# Installs Debian packages that tests use, by name, where it may: as root, with apt-get. Elsewhere it
# says which are missing and goes on; the tests that need them then say so themselves.
#
# usage: sh tests/system.sh PACKAGE...
set -u

missing=""
for package in "$@"; do
    status=$(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "system.sh: not installed, and not mine to install:$missing" >&2
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=""
trap 'rm -f "$log" $policy' EXIT

# A package must not start a service of its own: the tests start what they need, on ports of their own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
fi

install() {
    # shellcheck disable=SC2086  # a list of names
    apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $missing
}

for pause in 5 20 60 0; do
    if install </dev/null >"$log" 2>&1; then
        echo "system.sh: installed$missing"
        exit 0
    fi
    echo "system.sh: apt-get failed, again in ${pause} s" >&2
    sleep "$pause"
done
cat "$log" >&2
echo "system.sh: could not be installed:$missing" >&2
exit 0
