#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The life of the program's share, with a file open on it towards the end.
#
# usage: shares.sh PROGRAM...     the command that runs windows-code
#
#   NETWORK     in Wine, the directory of the network provider; without it, the share's own file is opened
set -eu

"$@" map
"$@" list
if [[ -n ${NETWORK-} ]]; then
  touch "$NETWORK/in-use"
else
  exec 3<"$XDG_RUNTIME_DIR/netdisc/N/files/hello"
fi
"$@" unmap
