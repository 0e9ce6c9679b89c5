#!/usr/bin/env bash
# Install locked packages, and this package, into a virtual environment: install.sh VENV LOCK...
# With uv where it is on PATH or can be installed from PyPI, with pip otherwise; both show progress.
set -euo pipefail

venv=$1
shift
here=$(cd "$(dirname "$0")" && pwd)

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "No Python 3.11 or 3.12 was found. Install one, or name it: make PYTHON=/path/to/python3.12" >&2
  return 1
}

# A working one is kept: only what changed in the locks is installed.
make_venv() {
  local python
  if "$venv/bin/python" -m pip --version >/dev/null 2>&1 &&
    [ "$(PYTHON=$venv/bin/python find_python)" = "$venv/bin/python" ]; then
    return
  fi
  python=$(find_python)
  echo "Creating $venv with $("$python" --version)"
  if ! "$python" -m venv --clear "$venv" >/dev/null; then
    echo "$python cannot create a virtual environment. On Debian and Ubuntu install python3-venv." >&2
    return 1
  fi
}

# The locked version of uv, into a scratch folder: it is needed only while packages are installed.
find_uv() {
  if command -v uv || { [ -x "$venv/bin/uv" ] && echo "$venv/bin/uv"; }; then
    return
  fi
  awk '/^[a-z]/ { of_uv = /^uv==/ } of_uv' "$here/requirements.lock" >"$scratch/uv.lock"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
    --target "$scratch/uv" -r "$scratch/uv.lock" 2>/dev/null && echo "$scratch/uv/bin/uv"
}

install_with_uv() {
  local uv
  uv=$(find_uv) || return 1
  export VIRTUAL_ENV=$venv
  "$uv" pip install --no-deps --require-hashes "${locks[@]}" &&
    "$uv" pip install --quiet --no-deps --no-build-isolation -e "$here"
}

install_with_pip() {
  echo "uv cannot be used here; installing with pip, which takes minutes."
  "$venv/bin/pip" install --disable-pip-version-check --no-deps --require-hashes "${locks[@]}" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e "$here"
}

# What Spark needs to run on Kubernetes or Mesos, and for history servers and streams: 80 MB that no
# session of this project loads.
drop_unused_jars() {
  rm -f "$venv"/lib/python3*/site-packages/pyspark/jars/{kubernetes,spark-kubernetes,okhttp,mesos,spark-mesos,rocksdbjni}*.jar
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
locks=()
for lock in "$@"; do locks+=(-r "$lock"); done
make_venv
echo "Installing $(cat "$@" | grep -c '^[a-z].*==') packages into $venv"
install_with_uv || install_with_pip
drop_unused_jars
