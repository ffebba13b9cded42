#!/usr/bin/env bash
# Sees to what the build needs beside NuGet packages: the .NET SDK, a C compiler as linker, and SQLite's static library.
# With the argument sqlite-archive it prints where that library is; with tests, it sees to what the tests need beside; with bench, to
# the peers of the benchmarks, which go without those that are not there.
set -euo pipefail

say() { printf 'qschedd: %s\n' "$*" >&2; }

# GNU and LLVM drivers agree: the path of a file they link, or the bare name when they do not find it.
linked_file() { local found; found=$("$compiler" -print-file-name="$1"); [[ $found == /* && -e $found ]] && printf '%s\n' "$found"; }

find_compiler() { compiler=$(command -v clang || command -v gcc || true); }

missing_packages() {
  if [[ ${1:-} == tests ]]; then
    command -v python3 > /dev/null || printf 'python3 '
    command -v systemd-analyze > /dev/null || printf 'systemd '
    command -v prlimit > /dev/null || printf 'util-linux '
    return
  fi
  if [[ ${1:-} == bench ]]; then
    command -v gcc > /dev/null || printf 'gcc libc6-dev '
    command -v go > /dev/null || printf 'golang-go '
    [[ -d /usr/share/gocode/src/github.com/robfig/cron ]] || printf 'golang-github-robfig-cron-dev '
    [[ -x /usr/sbin/cron ]] || printf 'cron '
    return
  fi
  find_compiler
  if [[ -z $compiler ]]; then
    printf 'gcc libc6-dev libsqlite3-dev'
    return
  fi
  linked_file crt1.o > /dev/null || printf 'libc6-dev '
  linked_file libsqlite3.a > /dev/null || printf 'libsqlite3-dev'
}

require_sdk() {
  local version major
  version=$(dotnet --version 2> /dev/null || true)
  major=${version%%.*}
  if [[ ! $major =~ ^[0-9]+$ ]]; then
    say 'the .NET SDK (9 or newer) is missing; install it as https://learn.microsoft.com/dotnet/core/install/linux says, then make again'
    exit 1
  elif ((major < ${1:-9})); then
    say "the .NET SDK found is $version, and ${1:-9} or newer is needed; see https://learn.microsoft.com/dotnet/core/install/linux"
    exit 1
  fi
}

# Prints what is still missing.
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  [[ -z $missing ]] && return
  # shellcheck disable=SC2086 # words are packages
  if [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
    say "installing $missing"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing; } >&2 || true
    missing=$(missing_packages "$@")
  fi
  printf '%s' "$missing"
}

require_packages() {
  local missing
  missing=$(install_packages "$@")
  [[ -z $missing ]] && return
  say "missing: $missing; type: sudo apt-get install $missing"
  exit 1
}

if [[ ${1:-} == sqlite-archive ]]; then
  find_compiler
  linked_file libsqlite3.a
elif [[ ${1:-} == tests ]]; then
  require_packages tests
elif [[ ${1:-} == bench ]]; then
  require_sdk 10
  missing=$(install_packages bench)
  [[ -z $missing ]] || say "benchmarks without these peers: $missing"
else
  require_sdk
  require_packages
fi
