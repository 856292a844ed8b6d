#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What runs in the test machine. Called by the tests, with the name of a function and its arguments.
set -euo pipefail
log=/job/log

fail() {
  echo "guest: $*" >&2
  exit 1
}

# Until the command succeeds.
wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "in vain waited for: $*"
    sleep 0.1
  done
}

# ---- What all need ------------------------------------------------------------------------------

# Nothing is started but what is asked for.
start_bus() {
  [[ ! -S /run/dbus/system_bus_socket ]] || return 0
  mkdir -p /run/dbus
  rm -f /usr/share/dbus-1/system-services/*
  dbus-daemon --system --fork --nopidfile --nosyslog
}

has_owner() { # NAME
  dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner "string:$1" |
    grep -q 'boolean true'
}

# NetworkManager leaves alone what udev has not seen.
start_udev() {
  [[ ! -S /run/udev/control ]] || return 0
  /usr/lib/systemd/systemd-udevd --daemon 2>>"$log/udev"
}

# ---- Wi-Fi: wlan0 is the station's; wlan1, with a second network, and wlan2 are access points' --

# What NetworkManager leaves the protocol to: this, or iwd.
readonly supplicant=${NETDISC_VM_SUPPLICANT:-wpa_supplicant}
readonly station=02:00:00:00:00:00 key=labsecret123
readonly -A networks=([labnet]=wlan1 [opennet]=wlan1_0 [othernet]=wlan2)

plug_in_radios() {
  # This regulatory domain has few channels, all of which are asked for networks: a scan takes a second.
  modprobe mac80211_hwsim radios=3 regtest=5
  udevadm trigger -s net -s rfkill
  udevadm settle -t 20
}

unplug_radios() {
  modprobe -r mac80211_hwsim
}

# In a network of their own, so that NetworkManager does not see them; behind them all is one that gives
# addresses.
start_air() {
  local device
  ip netns list | grep -qw air || ip netns add air
  for device in wlan1 wlan2; do
    iw phy "$(<"/sys/class/net/$device/phy80211/name")" set netns name air
  done
  ip -n air link show br0 >/dev/null 2>&1 || ip -n air link add br0 type bridge
  ip -n air addr replace 10.9.0.1/24 dev br0
  ip -n air link set br0 up
  cat >/run/udhcpd.conf <<'END'
interface br0
start 10.9.0.50
end 10.9.0.99
option subnet 255.255.255.0
lease_file /run/udhcpd.leases
pidfile /run/udhcpd.pid
END
  touch /run/udhcpd.leases
  ip netns exec air busybox udhcpd -S /run/udhcpd.conf
}

# Without retries, because a station in a slow machine has answered when it gets the second key, and is lost.
start_access_points() {
  local protected="wpa=2
wpa_disable_eapol_key_retries=1
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase=$key" common='driver=nl80211
ctrl_interface=/run/hostapd
bridge=br0
hw_mode=g
channel=1'
  printf '%s\n' interface=wlan1 "$common" ssid=labnet "$protected" \
    bss=wlan1_0 ctrl_interface=/run/hostapd bridge=br0 ssid=opennet >/run/hostapd-1.conf
  printf '%s\n' interface=wlan2 "$common" ssid=othernet "$protected" >/run/hostapd-2.conf
  ip netns exec air hostapd -B -P /run/hostapd.pid -f "$log/hostapd" /run/hostapd-1.conf /run/hostapd-2.conf \
    >/dev/null || fail 'hostapd did not start'
  wait_for 20 ask_access_point othernet ping
  wait_for 20 ask_access_point opennet ping
}

ask_access_point() { # NETWORK COMMAND...
  hostapd_cli -i "${networks[$1]}" "${@:2}"
}

# By what the access point says itself.
has_station() { # NETWORK
  [[ $(ask_access_point "$1" sta "$station") == *'[AUTHORIZED]'* ]]
}

lacks_station() { # NETWORK
  [[ $(ask_access_point "$1" ping) == *PONG* ]] && ! has_station "$1"
}

await_station() { # NETWORK
  wait_for 20 has_station "$1"
}

await_no_station() { # NETWORK
  wait_for 5 lacks_station "$1"
}

# With all the networks of the device.
switch_off() { # NETWORK
  ask_access_point "$1" disable >/dev/null
}

switch_on() { # NETWORK
  ask_access_point "$1" enable >/dev/null
  wait_for 20 is_serving "$1"
}

is_serving() { # NETWORK
  [[ $(ask_access_point "$1" status) == *state=ENABLED* ]]
}

# It looks at the access points' channel alone.
start_wpa_supplicant() {
  printf '%s\n' ctrl_interface=/run/wpa_supplicant freq_list=2412 >/run/supplicant.conf
  wpa_supplicant -B -u -s -O /run/wpa_supplicant -P /run/supplicant.pid -D nl80211 -i wlan0 \
    -c /run/supplicant.conf -f "$log/supplicant" >/dev/null
}

# Networks come up by themselves when NetworkManager says so, not iwd.
start_iwd() {
  mkdir -p /run/iwd
  rm -rf /var/lib/iwd
  printf '%s\n' '[General]' UseDefaultInterface=true >/run/iwd/main.conf
  STATE_DIRECTORY=/var/lib/iwd CONFIGURATION_DIRECTORY=/run/iwd /usr/libexec/iwd >>"$log/iwd" 2>&1 </dev/null &
  echo $! >/run/iwd.pid
  wait_for 20 has_owner net.connman.iwd
}

device_is() { # STATE
  [[ $(nmcli -g GENERAL.STATE device show wlan0) == "$1 "* ]]
}

# A script at which what NetworkManager takes down waits, while the gate is closed.
install_gate() {
  local scripts=/etc/NetworkManager/dispatcher.d program
  rm -rf "$scripts"
  mkdir -p "$scripts/pre-down.d"
  cat >"$scripts/pre-down.d/gate" <<'END'
#!/bin/sh
while [ -e /run/gate ]; do
  sleep 0.1
done
END
  chmod 755 "$scripts/pre-down.d/gate"
  program=$(find /usr/libexec /usr/lib/NetworkManager -maxdepth 1 -name nm-dispatcher | head -n 1)
  "$program" --persist >>"$log/dispatcher" 2>&1 </dev/null &
  echo $! >/run/dispatcher.pid
  wait_for 20 has_owner org.freedesktop.nm_dispatcher
}

close_gate() {
  touch /run/gate
}

open_gate() {
  rm -f /run/gate
}

start_network_manager() {
  mkdir -p /run/NetworkManager
  rm -rf /etc/NetworkManager/system-connections/*
  cat >/run/nm.conf <<END
[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
no-auto-default=*
[device]
wifi.scan-rand-mac-address=no
wifi.backend=$supplicant
wifi.iwd.autoconnect=false
[connectivity]
enabled=false
END
  NetworkManager --config /run/nm.conf --log-level=INFO --debug >>"$log/NetworkManager" 2>&1 </dev/null &
  echo $! >/run/nm.pid
  wait_for 60 device_is 30
}

start_wifi() {
  start_bus
  start_udev
  plug_in_radios
  start_air
  start_access_points
  "start_$supplicant"
  install_gate
  start_network_manager
}

stop_daemon() { # PID_FILE
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill -KILL "$pid" 2>/dev/null || return 0
  wait_for 10 is_gone "$pid"
}

is_gone() { # PID
  [[ ! -d /proc/$1 ]]
}

stop_wifi() {
  local daemon
  for daemon in nm dispatcher supplicant iwd hostapd udhcpd; do
    stop_daemon "/run/$daemon.pid"
  done
  rm -rf /run/hostapd /run/wpa_supplicant
  if [[ -d /sys/module/mac80211_hwsim ]]; then
    unplug_radios
  fi
}

is_whole() {
  [[ -s /run/nm.pid ]] && nmcli -g GENERAL.STATE device show wlan0 >/dev/null 2>&1
}

# As it was at the beginning: every network is there, no profile, nothing connected.
reset_wifi() {
  local profiles network
  open_gate
  if ! is_whole; then
    stop_wifi
    start_wifi
    return
  fi
  mapfile -t profiles < <(nmcli -g UUID,TYPE connection show | sed -n 's/:802-11-wireless$//p')
  if ((${#profiles[@]} > 0)); then
    nmcli connection delete "${profiles[@]}" >/dev/null
  fi
  for network in labnet othernet; do
    is_serving "$network" || switch_on "$network"
  done
  wait_for 20 device_is 30
}

add_profile() { # NETWORK: one that comes up by itself
  nmcli connection add type wifi con-name "$1" ifname wlan0 ssid "$1" autoconnect yes \
    wifi-sec.key-mgmt wpa-psk wifi-sec.psk "$key" >/dev/null
}

look_for_networks() {
  nmcli device wifi list ifname wlan0 --rescan yes >/dev/null
}

# ---- Shares: a server, //127.0.0.1/files, and the kernel's mount of it --------------------------

readonly files=/srv/files

start_samba() {
  local directory
  mkdir -p "$files" /run/samba /etc/samba /var/log/samba
  chmod 777 "$files"
  cat >/etc/samba/smb.conf <<END
[global]
smb ports = 445
interfaces = 127.0.0.1/8
bind interfaces only = yes
disable netbios = yes
load printers = no
map to guest = Bad User
server role = standalone server
guest account = nobody
log file = $log/smbd
END
  for directory in 'private dir' 'state directory' 'lock directory' 'cache directory' 'pid directory' 'ncalrpc dir'; do
    echo "$directory = /run/samba" >>/etc/samba/smb.conf
  done
  printf '%s\n' '[files]' "path = $files" 'guest ok = yes' 'read only = no' >>/etc/samba/smb.conf
  smbd -D
  wait_for 20 smbclient -N -c 'ls' //127.0.0.1/files
}

mount_files() { # MOUNT_POINT
  mkdir -p "$1"
  mount -t cifs -o guest,vers=3.1.1 //127.0.0.1/files "$1"
}

is_unused() {
  ! smbstatus -S | grep -q '^files'
}

# By what the server says itself.
await_unused() {
  wait_for 10 is_unused
}

"$@"
