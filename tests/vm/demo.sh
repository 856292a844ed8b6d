#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the command netdisc does to real Wi-Fi and to a real mount of cifs, step by step, and what the access
# point, the server and the kernel say of it. Runs in the test machine: tests/vm/run --demo
#
#   demo.sh BUILD_DIRECTORY
set -euo pipefail
build=$1
modules=/run/modules steps=0 failures=0
readonly letter=/mnt/files/letter.txt

guest() {
  /vm/guest.sh "$@"
}

# shellcheck disable=SC2317 # by show
netdisc() {
  "$build/tools/netdisc" --modules "$modules" "$@"
}

step() {
  steps=$((steps + 1))
  printf '\n%2d  %s\n' "$steps" "$*"
}

not_as_expected() {
  failures=$((failures + 1))
  printf '    NOT AS EXPECTED: %s\n' "$*"
}

# Runs a line of shell, in sight. What it prints is to have the text in it; "": it is to print nothing.
show() { # STATUS TEXT LINE
  local status=0 output
  printf '    $ %s\n' "$3"
  output=$(eval "$3" 2>&1) || status=$?
  sed 's/^/      /' <<<"${output:-(nothing)}"
  ((status == $1)) || not_as_expected "the exit status is $status, and not $1"
  [[ $output == *"$2"* && (-n $2 || -z $output) ]] || not_as_expected "what it prints is without \"$2\""
}

begin() {
  mkdir -p "$modules" /mnt/files
  find "$build/src" -name 'libnetdisc-*.so' -exec ln -s -t "$modules" {} +
  guest start_wifi
  guest start_samba
  echo 'Dear reader' >/srv/files/letter.txt
}

show_wifi() {
  step 'A Wi-Fi interface, which is on no network'
  show 0 disconnected 'netdisc wlan list'
  step 'It connects to a network of WPA2; the access point has it among its stations'
  show 0 labnet 'echo labsecret123 | netdisc wlan connect labnet --password-stdin'
  guest await_station labnet
  show 0 02:00:00:00:00:00 'hostapd_cli -i wlan1 list_sta'
  step 'It is dropped; the access point saw it leave'
  show 0 disconnected 'netdisc wlan disconnect wlan0'
  guest await_no_station labnet
  show 0 '' 'hostapd_cli -i wlan1 list_sta'
  step 'It stays down, though its profile would come up by itself, and the network is there'
  show 0 labnet:yes 'nmcli -g NAME,AUTOCONNECT connection show | grep labnet'
  show 0 labnet 'nmcli -g SSID device wifi list --rescan yes | sort -u'
  show 0 nm 'netdisc watch wlan --timeout 5s'
  show 0 disconnected 'netdisc wlan list'
  show 0 '' 'hostapd_cli -i wlan1 list_sta'
  step 'A second time there is nothing to drop'
  show 1 ERROR_NOT_CONNECTED 'netdisc wlan disconnect wlan0'
  step 'A wrong passphrase'
  show 1 'ERROR_INVALID_PASSWORD (86)' 'echo not-the-one | netdisc wlan connect labnet --password-stdin'
}

show_share() {
  local holder
  step 'A share is mounted by the kernel; its server has a client'
  guest mount_files /mnt/files
  show 0 /mnt/files 'netdisc share list'
  show 0 cifs "grep cifs /proc/self/mountinfo | cut -d' ' -f 5-9"
  show 0 127.0.0.1 'smbstatus -S | grep ^files'
  step 'Another program has a file of it open'
  tail -f "$letter" >/dev/null 2>&1 &
  holder=$!
  guest wait_for 10 test "/proc/$holder/fd/3" -ef "$letter"
  show 0 tail 'netdisc share holders /mnt/files'
  step 'So it is not unmounted, and who has it open is named'
  show 1 'ERROR_OPEN_FILES (2401)' 'netdisc share cancel /mnt/files'
  show 0 cifs "grep cifs /proc/self/mountinfo | cut -d' ' -f 5-9"
  step 'Forced, it is gone for all others; the kernel keeps it for the program that has it open'
  show 0 gone 'netdisc share cancel --force /mnt/files'
  show 1 '' "grep cifs /proc/self/mountinfo | cut -d' ' -f 5-9"
  show 0 127.0.0.1 'smbstatus -S | grep ^files'
  step 'That program ends, and the server has no client any more'
  kill "$holder"
  wait "$holder" 2>/dev/null || true
  guest await_unused
  show 1 '' 'smbstatus -S | grep ^files'
}

end() {
  if ((failures > 0)); then
    printf '\n%d steps, %d things not as expected\n' "$steps" "$failures"
    return 1
  fi
  printf '\n%d steps, each as expected\n' "$steps"
}

cat <<'END'
netdisc in a virtual machine: the kernel's Wi-Fi and cifs, NetworkManager, wpa_supplicant, an access point, Samba.
END
begin
show_wifi
show_share
end
