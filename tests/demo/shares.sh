#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A share, from its mapping to its end. For stage_samba.
source "$(dirname "${BASH_SOURCE[0]}")/tell.sh"

say 'A share of a Samba server gets a drive letter, and any program can use it.'
run 0 'netdisc share add Z: //localhost/guest --guest'
run 0 'netdisc share list'
run 0 'cat "$(netdisc share path Z:)/hello"'

say 'Another program has a file open on it: the end is refused, and the program is named.'
show 'tail -f "$(netdisc share path Z:)/hello" &'
exec 3< <(exec tail -f "$(netdisc share path Z:)/hello")
read -r <&3 # so it has the file open
run 1 'netdisc share cancel Z:'

say 'Forced, it is gone.'
run 0 'netdisc share cancel Z: --force'
run 0 'netdisc share list'
kill $!

say 'There is nothing left to end.'
run 1 'netdisc share cancel Z:'
run 0 'netdisc share cancel Z: --if-connected'
