# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154
# Runs lanes side by side and adds up what they counted; for test.sh.
#
# A lane is `./test.sh --inside LANE` in a process group of its own. It writes its log to stdout, and a line
# "PASSED FAILED SKIPPED" for each run of tests to build/LANE.counts. The caller sets build_root.

declare -A lane_of_pid=() began_at=()
total_passed=0 total_failed=0 total_skipped=0

start_lane() {
  local lane=$1
  rm -f "$build_root/$lane".{counts,failures}
  # A group of its own, so that all of it can be ended.
  set -m
  ./test.sh --inside "$lane" </dev/null >"$build_root/$lane.log" 2>&1 &
  set +m
  lane_of_pid[$!]=$lane
  began_at[$lane]=$SECONDS
}

report_lane() { # LANE EXIT_STATUS
  local lane=$1 status=$2 passed=0 failed=0 skipped=0 p f s
  if [[ -f $build_root/$lane.counts ]]; then
    while read -r p f s; do
      passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    done <"$build_root/$lane.counts"
  fi
  if [[ -s $build_root/$lane.failures ]]; then
    sed 's/^/  /' "$build_root/$lane.failures"
  fi
  if ((status != 0)); then
    failed=$((failed + 1))
    echo "  lane $lane ended early with status $status; the end of $build_root/$lane.log:"
    tail -n 40 "$build_root/$lane.log" | sed 's/^/    /'
  elif ((passed + failed + skipped == 0)); then
    failed=1
    echo "  lane $lane counted no test"
  fi
  printf 'lane %s: %d passed, %d failed, %d skipped (%d s)\n' \
    "$lane" "$passed" "$failed" "$skipped" $((SECONDS - began_at[$lane]))
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
}

# Ends what was started here, and nothing else.
end_lanes() {
  local pid
  for pid in "${!lane_of_pid[@]}"; do
    kill -TERM -- "-$pid" 2>/dev/null || true
  done
  for pid in "${!lane_of_pid[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
}

run_lanes() { # AT_ONCE LANE...
  local at_once=$1 pid status
  shift
  trap 'end_lanes; exit 130' INT
  trap 'end_lanes; exit 143' TERM HUP
  while (($# > 0 || ${#lane_of_pid[@]} > 0)); do
    while (($# > 0 && ${#lane_of_pid[@]} < at_once)); do
      start_lane "$1"
      shift
    done
    status=0
    wait -n -p pid "${!lane_of_pid[@]}" || status=$?
    report_lane "${lane_of_pid[$pid]}" "$status"
    unset "lane_of_pid[$pid]"
  done
  trap - INT TERM HUP
}
