# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# How the scripts of the demo tell: what is said, what is typed, what comes of it.
#
#   NETDISC     the command, as it was built
#   MODULES     where its backend is, if that is not built in

set -uo pipefail
trap 'exit 130' INT
exec 2>&1 # in the order of what happens

if [[ -t 1 ]]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
  bold='' dim='' plain=''
fi

# As it is typed where netdisc is installed.
netdisc() {
  "$NETDISC" ${MODULES:+--modules "$MODULES"} "$@"
}

say() {
  printf '\n%s\n' "${bold}$*${plain}"
}

show() { # COMMAND
  printf '%s\n' "${dim}\$${plain} $1"
}

# Types a command and shows its exit status, which must be this one.
run() { # STATUS COMMAND
  local status=0
  show "$2"
  eval "$2" || status=$?
  ((status == 0)) || printf '%s\n' "${dim}exit status $status${plain}"
  if ((status != $1)); then
    printf '%s\n' "This is not as it should be: the exit status should be $1."
    exit 1
  fi
}
