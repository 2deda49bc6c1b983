# shellcheck shell=bash
# What tests/run and .ci/run share: lines that say where a run is, and cleaning up however it ends.
# Sourced, never run; knows nothing of what is tested.

# Nothing here ever asks.
exec </dev/null

# One clock for a whole run: a script started by another goes on counting where that one is.
: "${STEPS_SINCE:=$(date +%s)}"
export STEPS_SINCE

# Says that a step begins, with the minutes and seconds since the run began.
step() {
  local seconds=$(($(date +%s) - STEPS_SINCE))
  printf '== %02d:%02d  %s\n' $((seconds / 60)) $((seconds % 60)) "$*"
}

# Ends the run with one line that says what to do.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

cleanups=()

# Runs a function with its arguments when the script ends, the last one named first.
at_exit() {
  cleanups=("$(printf '%q ' "$@")" "${cleanups[@]}")
}

clean_up() {
  local status=$? cleanup
  trap - EXIT
  trap '' HUP INT TERM # a second Ctrl-C must not leave a server behind
  for cleanup in "${cleanups[@]}"; do
    eval "$cleanup" || true
  done
  exit "$status"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
