#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# lane | groups of packages, see tests/lib/install.sh | what it does; those that take longest first
readonly lanes='
valgrind|build cmocka valgrind nm smb|the unit, stress, NetworkManager and Samba tests under valgrind
vm|build cmocka nm smb vm|the library and the command in a virtual machine, with a kernel that has Wi-Fi and cifs
tsan|build cmocka clang nm smb|the unit, stress, NetworkManager and Samba tests under ThreadSanitizer
asan|build cmocka nm smb shells|the unit, stress, NetworkManager and Samba tests under AddressSanitizer and UBSan
windows|build clang mingw wine|built for Windows: 64 bits and tested in Wine; 32 bits, and by clang, built only
smb|build cmocka nm smb|the tests against real Samba servers, in namespaces of their own
fuzz|build clang smb|each fuzz target for 20 seconds, from its corpus
nm|build cmocka nm smb|the tests against the real NetworkManager, in namespaces of their own
clang|build cmocka clang nm smb shells|the unit, stress, NetworkManager and Samba tests, built by clang, with the backends built in
install|build consumer python nm smb|the library as installed, from C and C++, shared and static, by pkg-config, CMake and meson
package|build cmocka nm smb package|the Debian packages, built, checked and installed; and the ABI since the newest tag
bench|build nm smb|the benchmarks, briefly, to see that they work
unit|build cmocka shells|the unit tests, built by gcc, with examples and benchmarks; the quick one
docs|build consumer mingw docs|the documents: each block of code compiled, the manual pages, the reference
style|build style|how the files are written
'

usage() {
  cat <<'END'
usage: ./test.sh [LANE...]     runs these lanes, or all, after installing what they need
       ./test.sh --list        prints the lanes
       ./test.sh --help

Each lane builds in build/LANE and writes build/LANE.log; NETDISC_BUILD_DIR names another place for
these than build. With CI=true a skipped test is a failed one. The exit status is 0 only if nothing
failed, and 2 if what is missing could not be installed.
END
}

build_root=${NETDISC_BUILD_DIR:-build}
jobs=${NETDISC_JOBS:-$(nproc)}

source tests/lib/install.sh
source tests/lib/lanes.sh
source tests/lib/cmocka.sh

lane_field() { # LANE FIELD
  awk -F'|' -v lane="$1" -v field="$2" '$1 == lane { print $field }' <<<"$lanes"
}

# ---- What lanes are made of ---------------------------------------------------------------------

# Sets up a build directory with these options.
configure() { # DIRECTORY MESON_OPTION...
  local directory=$1
  local setup=(meson setup --wrap-mode=nodownload -Dwerror=true "${@:2}" "$directory")
  if [[ -f $directory/build.ninja ]]; then
    "${setup[@]}" --reconfigure || "${setup[@]}" --wipe
  else
    "${setup[@]}"
  fi
}

build() { # DIRECTORY MESON_OPTION...
  configure "$@"
  meson compile -C "$1" -j "$jobs"
}

# The command that runs one test in the same way, but for its name.
command_for_one() { # DIRECTORY MESON_TEST_OPTION...
  local command="meson test -C $1"
  shift
  while (($# > 0)); do
    case $1 in
    --no-suite) shift ;;
    *[!a-zA-Z0-9_./=-]*) command+=" ${1@Q}" ;;
    *) command+=" $1" ;;
    esac
    shift
  done
  echo "$command"
}

# Runs tests and counts them. A failure is not the end of the lane.
check() { # DIRECTORY MESON_TEST_OPTION...
  local directory=$1
  rm -f "$directory"/meson-logs/testlog*.json
  meson test -C "$directory" --no-rebuild --num-processes "$jobs" "${@:2}" || true
  python3 -B tests/count.py "$directory" --again "$(command_for_one "$@")" \
    --counts "$build_root/$lane.counts" | tee -a "$build_root/$lane.failures" || true
}

programs=(--suite unit --suite stress --suite example)
# Without the tests that are scripts, in which a checker of programs finds nothing of ours.
only_programs=(--suite unit --suite stress --no-suite script)

# ---- Lanes --------------------------------------------------------------------------------------

lane_unit() {
  build "$directory" -Dtests=enabled -Dexamples=true -Dbench=true
  check "$directory" "${programs[@]}"
}

lane_clang() {
  CC=clang CXX=clang++ build "$directory" -Dtests=enabled -Dexamples=true -Dbackends=builtin
  check "$directory" "${programs[@]}" --suite nm --suite smb --no-suite smb-again --no-suite smb-long
}

lane_nm() {
  build "$directory" -Dtests=enabled -Dbackends=modules
  check "$directory" --suite nm
}

lane_smb() {
  build "$directory" -Dtests=enabled -Dbackends=modules
  # These wait for servers that do not answer for half of their time.
  check "$directory" --suite smb --num-processes $((jobs + 1))
}

lane_asan() {
  # cmocka's handlers would hide the reports of crashes.
  export ASAN_OPTIONS=detect_leaks=1:handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  build "$directory" -Dtests=enabled -Dbackends=modules -Db_sanitize=address,undefined
  check "$directory" "${only_programs[@]}" --suite nm --suite smb --no-suite smb-again --timeout-multiplier 4
  check "$directory" --suite command --timeout-multiplier 4
}

# Says whether programs with ThreadSanitizer run here, when started by these words.
tsan_runs() {
  "$@" "$directory/meson-private/tsan-probe"
}

lane_tsan() {
  local wrap=()
  CC=clang CXX=clang++ build "$directory" -Dtests=enabled -Dbackends=modules -Db_sanitize=thread -Db_lundef=false
  echo 'int main(void) { return 0; }' |
    clang -fsanitize=thread -o "$directory/meson-private/tsan-probe" -x c -
  # Some kernels lay memory out too randomly for it.
  if ! tsan_runs && tsan_runs setarch -R; then
    wrap=(--wrap 'setarch -R')
  fi
  export TSAN_OPTIONS=halt_on_error=1:exitcode=99 NETDISC_STRESS_MS=8000
  check "$directory" "${only_programs[@]}" --timeout-multiplier 4 "${wrap[@]}"
  # GLib is not instrumented, so its locks are not seen.
  TSAN_OPTIONS+=:ignore_noninstrumented_modules=1:suppressions=$PWD/tests/tsan.supp
  check "$directory" --suite nm --suite smb --no-suite smb-again --no-suite smb-long --timeout-multiplier 4 "${wrap[@]}"
}

lane_valgrind() {
  # The tests' own /tmp would keep it from removing its pipes.
  local valgrind='valgrind --quiet --vgdb=no --error-exitcode=99 --leak-check=full'
  valgrind+=" --errors-for-leak-kinds=definite,possible --suppressions=$PWD/tests/valgrind.supp"
  build "$directory" -Dtests=enabled -Dbackends=modules
  check "$directory" "${only_programs[@]}" --suite nm --suite smb --no-suite smb-again --timeout-multiplier 10 --wrap "$valgrind"
  check "$directory" --suite worker-in-valgrind
}

lane_vm() {
  NETDISC_VM_CACHE=${NETDISC_VM_CACHE:-$(realpath "$build_root")/vm-cache}
  # Of a failure the guest's logs are shown, too.
  export NETDISC_VM_CACHE NETDISC_TAIL_LINES=400
  tests/vm/prepare
  build "$directory" -Dtests=enabled -Dbackends=modules
  # A machine waits half of its time.
  check "$directory" --suite vm --num-processes $((jobs + 1))
}

lane_windows() {
  local runner=$build_root/wine.ini clang=$build_root/clang-for-windows.ini
  local options=(-Dtests=enabled -Dexamples=true)
  fetch_cmocka
  # meson has no way to say in a cross file that a program is in the source tree.
  printf "[binaries]\nexe_wrapper = '%s'\n" "$PWD/tests/wine-run" >"$runner"
  trap 'tests/wine-run --end "$directory"' EXIT
  build "$directory" "${options[@]}" --cross-file cross/x86_64-w64-mingw32.ini --cross-file "$runner"
  check "$directory" "${programs[@]}" --suite wine --timeout-multiplier 4
  build "$directory-i686" "${options[@]}" --cross-file cross/i686-w64-mingw32.ini
  # clang finds what mingw has, but for the library of gcc.
  printf "[binaries]\nc = ['clang', '--target=x86_64-w64-mingw32']\n[built-in options]\nc_link_args = '-L%s'\n" \
    "$(dirname "$(x86_64-w64-mingw32-gcc -print-libgcc-file-name)")" >"$clang"
  build "$directory-clang" "${options[@]}" --cross-file cross/x86_64-w64-mingw32.ini --cross-file "$clang"
}

lane_fuzz() {
  CC=clang build "$directory" -Dtests=disabled -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
  check "$directory" --suite fuzz
}

lane_install() {
  build "$directory" -Dtests=disabled -Dexamples=true -Dbackends=modules --buildtype=release
  check "$directory" --suite install --suite example
}

lane_package() {
  configure "$directory" -Dtests=disabled
  check "$directory" --suite package
}

lane_bench() {
  build "$directory" -Dtests=disabled -Dbench=true --buildtype=release
  check "$directory" --suite bench
}

lane_docs() {
  build "$directory" -Dtests=disabled -Dbackends=none
  check "$directory" --suite docs
}

lane_style() {
  configure "$directory" -Dtests=disabled
  check "$directory" --suite style
}

# ---- The script ---------------------------------------------------------------------------------

run_inside() {
  lane=$1 directory=$build_root/$1
  "lane_$lane"
}

package_groups_of() {
  local lane
  for lane in "$@"; do
    lane_field "$lane" 2
  done | tr ' ' '\n' | awk '!seen[$0]++'
}

main() {
  local wanted=() lane known at_once
  mapfile -t known < <(awk -F'|' 'NF { print $1 }' <<<"$lanes")
  for lane in "$@"; do
    if [[ -z $(lane_field "$lane" 2) ]]; then
      echo "There is no lane '$lane'; the lanes are: ${known[*]}" >&2
      exit 2
    fi
  done
  for lane in "${known[@]}"; do
    if [[ " $* " == *" $lane "* || $# -eq 0 ]]; then
      wanted+=("$lane")
    fi
  done

  # shellcheck disable=SC2046 # a list of words
  install_packages $(package_groups_of "${wanted[@]}")
  mkdir -p "$build_root"
  at_once=$((jobs < ${#wanted[@]} ? jobs : ${#wanted[@]}))
  export NETDISC_JOBS=$((jobs / at_once))
  run_lanes "$at_once" "${wanted[@]}"
  echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
  ((total_failed == 0))
}

case ${1-} in
--help | -h) usage ;;
--list) awk -F'|' 'NF { printf "%-10s %s\n", $1, $3 }' <<<"$lanes" ;;
--inside) run_inside "$2" ;;
-*)
  usage >&2
  exit 2
  ;;
*) main "$@" ;;
esac
