# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Gets cmocka's source for the Windows build from Debian's source package, where subprojects/cmocka.wrap
# looks for it. Uses the machine's own package sources and changes nothing outside the tree.

readonly cmocka_tarball=cmocka_1.1.5.orig.tar.xz
readonly cmocka_version=1.1.5-2.1

# The machine's package sources, for source packages.
write_source_lists() { # DIRECTORY
  local list parts file LIST=/etc/apt/sources.list PARTS=/etc/apt/sources.list.d
  eval "$(apt-config shell LIST Dir::Etc::sourcelist/f PARTS Dir::Etc::sourceparts/d)"
  list=$LIST parts=${PARTS%/}
  for file in "$list" "$parts"/*.list; do
    [[ ! -f $file ]] || sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" >"$1/${file##*/}"
  done
  for file in "$parts"/*.sources; do
    [[ ! -f $file ]] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$1/${file##*/}"
  done
}

# In a subshell, for its own trap.
fetch_cmocka() (
  cache=$PWD/subprojects/packagecache
  [[ ! -f $cache/$cmocka_tarball ]] || exit 0
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$scratch"/{sources,lists/partial,cache/archives/partial,source} "$cache"
  write_source_lists "$scratch/sources"
  apt=(apt-get -q
    -o Dir::Etc::sourcelist=/dev/null
    -o Dir::Etc::sourceparts="$scratch/sources"
    -o Dir::State::lists="$scratch/lists"
    -o Dir::Cache="$scratch/cache"
    -o APT::Sandbox::User="$(id -un)")
  "${apt[@]}" update
  cd "$scratch/source" || exit
  "${apt[@]}" source --download-only --tar-only "cmocka=$cmocka_version"
  cp "$cmocka_tarball" "$cache/$cmocka_tarball.part"
  mv "$cache/$cmocka_tarball.part" "$cache/$cmocka_tarball"
)
