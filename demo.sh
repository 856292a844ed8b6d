#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, and shows the command netdisc at work: on a real Samba server and a real
# NetworkManager in namespaces of their own, so nothing of yours is disconnected; and its Windows build in Wine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'END'
usage: ./demo.sh [--no-windows] [--vm]

  --no-windows   leaves out the Windows build, and does not install mingw-w64 and Wine
  --vm           shows real Wi-Fi and the kernel's cifs, too, in a virtual machine: some minutes more
END
}

windows=yes vm=no
for option; do
  case $option in
  --no-windows) windows=no ;;
  --vm) vm=yes ;;
  --help | -h)
    usage
    exit
    ;;
  *)
    usage >&2
    exit 2
    ;;
  esac
done

root=${NETDISC_BUILD_DIR:-build}
build=$root/demo

# Wine's server outlasts its programs. All else ends with this: it is in namespaces, and waited for.
end_wine() {
  [[ ! -d $build-windows/wine ]] || tests/wine-run --end "$build-windows" 2>/dev/null || true
}
trap end_wine EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# ---- Building -----------------------------------------------------------------------------------

build_in() { # DIRECTORY MESON_OPTION...
  local directory=$1
  local setup=(meson setup --buildtype=release -Dtests=disabled -Dexamples=true "${@:2}" "$directory")
  [[ ! -f $directory/build.ninja ]] || setup+=(--reconfigure)
  mkdir -p "$directory"
  echo "Building in $directory"
  if ! { "${setup[@]}" && meson compile -C "$directory"; } >"$directory.log" 2>&1; then
    tail -n 40 "$directory.log"
    echo "It did not build; all of it is in $directory.log" >&2
    exit 1
  fi
}

build_all() {
  build_in "$build"
  if [[ $windows == yes ]]; then
    build_in "$build-windows" --cross-file cross/x86_64-w64-mingw32.ini
    tests/wine-run --prepare "$build-windows"
  fi
  build=$(realpath "$build")
}

# ---- Showing ------------------------------------------------------------------------------------

# One that cannot be shown everywhere says why, and exits 77.
play() { # WHAT IS MISSING IF IT WAS NOT BUILT, PROGRAM, ARGUMENT...
  local status=0
  if [[ ! -x $2 ]]; then
    printf '\n%s\n' "$1"
    return
  fi
  "${@:2}" || status=$?
  ((status == 77)) || return "$status"
}

show_linux() {
  NETDISC=$build/tools/netdisc MODULES=$build/src/backend-smb \
    play 'The backend for shares was not built, as libsmbclient, libfuse3, libmount or GLib is missing.' \
    "$build/tests/demo/stage_samba" "$build/src/backend-smb/worker/netdisc-smb" tests/demo/shares.sh
  NETDISC=$build/tools/netdisc MODULES=$build/src/backend-nm \
    play 'The backend for NetworkManager was not built, as libnm or GLib is missing.' \
    "$build/tests/demo/stage_networkmanager" tests/demo/connections.sh
}

show_windows() {
  NETDISC=$build-windows/tools/netdisc.exe WINEPATH=Z:$build-windows/src WINE_RUN=tests/wine-run \
    REGISTER=$build-windows/tests/demo/register.exe NETWORK=$build-windows/tests/demo/network \
    tests/demo/windows.sh
}

show_vm() {
  NETDISC_VM_CACHE=${NETDISC_VM_CACHE:-$(realpath "$root")/vm-cache}
  export NETDISC_VM_CACHE
  printf '\nReal Wi-Fi, and cifs of the kernel, in a virtual machine.\n'
  tests/vm/prepare
  tests/vm/run --demo "$build"
}

groups=(build nm smb)
[[ $windows == no ]] || groups+=(mingw wine)
[[ $vm == no ]] || groups+=(vm)
source tests/lib/install.sh
install_packages "${groups[@]}"
build_all
show_linux
[[ $windows == no ]] || show_windows
[[ $vm == no ]] || show_vm
printf '\nThat is all. What was started for this has ended, and nothing of this machine was touched.\n'
