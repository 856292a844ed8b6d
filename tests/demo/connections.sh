#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A named connection, dropped. For stage_networkmanager.
source "$(dirname "${BASH_SOURCE[0]}")/tell.sh"

say 'The connections of a NetworkManager. Office would come up by itself.'
run 0 'netdisc connection list'

say 'Office is dropped, and stays down: nothing happens for two seconds.'
run 0 'netdisc connection disconnect Office'
run 0 'netdisc watch connection --timeout 2s'
run 1 'nmcli -t -f NAME connection show --active | grep Office'

say 'It is down already.'
run 1 'netdisc connection disconnect Office'
run 0 'netdisc connection disconnect Office --if-connected'

say 'NetworkManager is frozen: a deadline is kept all the same.'
kill -STOP "$NM_PID"
run 1 'netdisc connection disconnect Backup --timeout 500ms'
kill -CONT "$NM_PID"

say 'And back again.'
run 0 'netdisc connection connect Office'
