#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, and shows what netdisc does: on the fake provider, and on a real
# NetworkManager in namespaces of its own, so nothing of yours is disconnected.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build=${NETDISC_BUILD_DIR:-build}/demo

source tests/lib/install.sh
install_packages build nm

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
echo
if [[ ! -x $build/examples/demo_networkmanager ]]; then
  echo 'The backend for NetworkManager was not built, as libnm or GLib is missing.'
  exit
fi
status=0
"$build/examples/demo_networkmanager" "$build/src/backend-nm" || status=$?
# It cannot be shown everywhere, and has said why.
((status == 77)) || exit "$status"
