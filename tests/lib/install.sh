# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Installs Debian packages that are missing, after saying which and why; for test.sh and demo.sh.
#
#   install_packages GROUP...     the groups of the table below
#
# Where nothing is missing, nothing is asked of apt and no rights are needed. A daemon that comes with a
# package is neither started nor enabled.

# group -> why | packages
declare -rA package_groups=(
  [build]='to compile|gcc libc6-dev meson ninja-build pkgconf python3'
  [cmocka]='the framework of the unit tests, locales for them, and C++, which some are in|libcmocka-dev locales g++'
  [clang]='the second compiler, and its sanitizers and fuzzer|clang libclang-rt-14-dev llvm'
  [valgrind]='to find misuse of memory|valgrind libc6-dbg'
  [mingw]='to compile for Windows|gcc-mingw-w64-x86-64 gcc-mingw-w64-i686 g++-mingw-w64-x86-64-win32'
  [wine]='to run programs for Windows|wine64'
  [consumer]='to use the installed library from C++, GLib and CMake|g++ libglib2.0-dev cmake'
  [package]='to build the Debian packages, to check them, and to compare ABIs|dpkg-dev debhelper lintian abigail-tools'
  [nm]='to compile the backend for NetworkManager, and to run it in namespaces of its own|network-manager dbus iproute2 libnm-dev libglib2.0-dev'
  [smb]='to compile the backend for shares, and to run Samba, GVfs and FUSE for its tests|samba smbclient libsmbclient-dev libfuse3-dev fuse3 gvfs gvfs-daemons gvfs-backends gvfs-fuse libglib2.0-bin libmount-dev libsecret-1-dev gnome-keyring dbus libglib2.0-dev iproute2'
  [vm]='to run tests in a virtual machine that has Wi-Fi and cifs|qemu-system-x86 busybox-static kmod xz-utils udev hostapd wpasupplicant iwd iw cifs-utils'
  [docs]='to check the manual pages, and to make the reference|mandoc doxygen'
  [python]='to build the Python package|python3-setuptools'
  [shells]='to complete the command netdisc in them|bash zsh fish'
  [style]='to check how files are written|clang-format git mypy'
)

readonly policy_file=/usr/sbin/policy-rc.d
readonly policy_mark='# put here for a moment by netdisc'

missing_packages() {
  local package
  for package in "$@"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      echo "$package"
    fi
  done
}

# Sets as_root to what a command that needs root is to be begun with; fails if there is no way.
become_root() {
  as_root=()
  [[ $(id -u) != 0 ]] || return 0
  as_root=(sudo)
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}

# Units that are started at boot.
enabled_units() {
  find /etc/systemd/system /etc/systemd/user -type l -path '*.wants/*' 2>/dev/null | sort
}

disable_new_units() { # FILE: those that were enabled before
  local link scope
  enabled_units | comm -13 "$1" - | while read -r link; do
    scope=--system
    [[ $link != /etc/systemd/user/* ]] || scope=--global
    "${as_root[@]}" systemctl "$scope" --quiet disable "${link##*/}" || "${as_root[@]}" rm -f "$link"
    echo "  left disabled: ${link##*/}"
  done
}

# For the moment, in place of the machine's own, which may allow what it likes.
put_policy() {
  if [[ -e $policy_file ]] && ! grep -qsF "$policy_mark" "$policy_file"; then
    "${as_root[@]}" mv "$policy_file" "$policy_file.netdisc"
  fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | "${as_root[@]}" tee "$policy_file" >/dev/null
  "${as_root[@]}" chmod 755 "$policy_file"
}

restore_policy() {
  if grep -qsF "$policy_mark" "$policy_file"; then
    "${as_root[@]}" rm -f "$policy_file"
  fi
  if [[ -e $policy_file.netdisc ]]; then
    "${as_root[@]}" mv "$policy_file.netdisc" "$policy_file"
  fi
}

# In a subshell, for its own traps.
apt_install() (
  enabled_before=$(mktemp)
  trap 'restore_policy; disable_new_units "$enabled_before"; rm -f "$enabled_before"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  enabled_units >"$enabled_before"
  put_policy
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "$@"
)

install_packages() {
  local group why packages missing all_missing=() reasons=() as_root
  if ! command -v dpkg-query >/dev/null; then
    echo 'This is not Debian: what is needed is taken to be there.'
    return
  fi
  for group in "$@"; do
    IFS='|' read -r why packages <<<"${package_groups[$group]}"
    # shellcheck disable=SC2086 # a list of words
    missing=$(missing_packages $packages)
    if [[ -n $missing ]]; then
      # shellcheck disable=SC2206
      all_missing+=($missing)
      reasons+=("  ${missing//$'\n'/ }: $why")
    fi
  done
  if ((${#all_missing[@]} == 0)); then
    return
  fi
  echo 'To be installed with apt-get (no service is started or enabled):'
  printf '%s\n' "${reasons[@]}"
  if ! become_root; then
    echo 'That needs root, and sudo is not to be had. Run this as root, and then this script again:'
    echo "  apt-get install --no-install-recommends ${all_missing[*]}"
    exit 2
  fi
  apt_install "${all_missing[@]}"
}
