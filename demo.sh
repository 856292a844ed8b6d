#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, and shows what netdisc does: on the fake provider, and on a real
# NetworkManager and a real Samba server in namespaces of their own, so nothing of yours is disconnected.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build=${NETDISC_BUILD_DIR:-build}/demo

source tests/lib/install.sh
install_packages build nm smb

build_quietly() {
  local setup=(meson setup --buildtype=release -Dtests=disabled -Dexamples=true "$build")
  [[ ! -f $build/build.ninja ]] || setup+=(--reconfigure)
  "${setup[@]}" && meson compile -C "$build"
}

mkdir -p "$build"
echo "Building in $build"
if ! build_quietly >"$build.log" 2>&1; then
  tail -n 40 "$build.log"
  echo "It did not build; all of it is in $build.log" >&2
  exit 1
fi
build=$(realpath "$build")
"$build/examples/demo" "$build/tests/fake"

# One that cannot be shown everywhere says why, and exits 77.
show() { # WHAT IS MISSING IF IT WAS NOT BUILT, PROGRAM, ARGUMENT...
  local missing=$1 program=$build/examples/$2 status=0
  echo
  if [[ ! -x $program ]]; then
    echo "$missing"
    return
  fi
  "$program" "${@:3}" || status=$?
  ((status == 77)) || return "$status"
}

show 'The backend for NetworkManager was not built, as libnm or GLib is missing.' \
  demo_networkmanager "$build/src/backend-nm"
show 'The backend for shares was not built, as libsmbclient, libfuse3, libmount or GLib is missing.' \
  demo_shares "$build/src/backend-smb/worker/netdisc-smb" "$build/src/backend-smb"
