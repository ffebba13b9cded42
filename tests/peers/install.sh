#!/usr/bin/env bash
# Usage: install.sh DIRECTORY. Puts the peers that the end-to-end tests start below DIRECTORY, from pinned packages.
# As root it installs node and npm where they are missing. Of Prometheus it takes the one program that checks metrics and rules.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$1/xxl-job

say() { printf 'qschedd: %s\n' "$*" >&2; }

missing() {
  command -v node > /dev/null || printf 'nodejs '
  command -v npm > /dev/null || printf 'npm '
}

require_node() {
  local packages major
  packages=$(missing)
  if [[ -n $packages && $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
    say "installing $packages"
    # shellcheck disable=SC2086 # words are packages
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages; } >&2 || true
    packages=$(missing)
  fi
  if [[ -n $packages ]]; then
    say "the end-to-end tests need $packages; type: sudo apt-get install $packages"
    exit 1
  fi
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  if ((major < 18)); then
    say "node $(node --version) is too old for the end-to-end tests: 18 or newer is needed"
    exit 1
  fi
}

# The package's program alone: installing the package would start a server.
unpack_promtool() (
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  cd "$unpacked"
  apt-get download -qq -o APT::Sandbox::User=root prometheus || { [[ $(id -u) == 0 ]] && apt-get update -qq && apt-get download -qq -o APT::Sandbox::User=root prometheus; }
  dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
  mv usr/bin/promtool "$1"
)

require_promtool() {
  [[ -x $1 ]] && return
  mkdir -p "$(dirname "$1")"
  if command -v promtool > /dev/null; then
    ln -s "$(command -v promtool)" "$1"
  elif ! unpack_promtool "$(realpath "$(dirname "$1")")/promtool" >&2; then
    say "the end-to-end tests need promtool, of Prometheus (Debian: prometheus); put it into PATH"
    exit 1
  fi
}

require_promtool "$(dirname "$target")/promtool"

# Afresh, or not at all: what a broken install left is no install.
if cmp -s "$here/xxl-job/package-lock.json" "$target/package-lock.json" && [[ -e $target/.installed ]]; then
  cp "$here/xxl-job/executor.mjs" "$target/"
  exit 0
fi
require_node
rm -rf "$target"
mkdir -p "$target"
cp "$here"/xxl-job/{package.json,package-lock.json,executor.mjs} "$target/"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
touch "$target/.installed"
