#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The same with the program for Windows, in Wine, on a network provider that keeps its mappings in a directory.
#
#   WINE_RUN    tests/wine-run
#   REGISTER    the program that registers the network provider
#   NETWORK     the provider's directory, which is emptied
#   WINEPATH    where the library is
source "$(dirname "${BASH_SOURCE[0]}")/tell.sh"

export NETDISC_TEST_NETWORK=Z:$NETWORK

netdisc() {
  "$WINE_RUN" "$NETDISC" "$@" | tr -d '\r'
}

rm -rf "$NETWORK"
mkdir -p "$NETWORK"
"$WINE_RUN" "$REGISTER" || exit

say 'The same for Windows, in Wine, on a network made for this: the same words, the same codes.'
run 0 'netdisc share add N: //server/data'
run 0 'netdisc share list'

say 'A file is open on it.'
touch "$NETWORK/in-use"
run 1 'netdisc share cancel N:'
run 0 'netdisc share cancel N: --force'
run 1 'netdisc share cancel N:'
