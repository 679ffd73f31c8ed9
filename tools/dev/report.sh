# What ./dev says: one line a step, and on failure the reason, the end of the log, the remedy.
# Sourced by ./dev; needs $root.

log_folder="$root/build/log"
started_at=$SECONDS

say() { printf 'dev: %s\n' "$*" >&2; }

say_ready() { say "ready in $((SECONDS - started_at)) s"; }

# fail REASON REMEDY [LOG]: the last lines of LOG, then why and what to do; exits with 1.
fail() {
  local reason="$1" remedy="$2" log="${3:-}"
  if [[ -n $log && -s $log ]]; then
    # A compiler's first error says more than the last lines of a parallel build.
    local first_error
    first_error="$(grep -n -m1 -E '(^|: )(fatal )?error: |^CMake Error|^E: |^ERROR: ' "$log" | cut -d: -f1 || true)"
    if [[ -n $first_error ]]; then
      tail -n "+$first_error" "$log" | head -n 15 | sed 's/^/    /' >&2
    else
      tail -n 15 "$log" | sed 's/^/    /' >&2
    fi
  fi
  printf 'dev: error: %s\ndev: remedy: %s\n' "$reason" "$remedy" >&2
  if [[ -n $log ]]; then
    printf 'dev: details: %s\n' "$log" >&2
  fi
  exit 1
}

# new_log NAME: the path of an empty log file for one step.
new_log() {
  mkdir -p "$log_folder"
  : >"$log_folder/$1.log"
  printf '%s' "$log_folder/$1.log"
}

# with_lock FILE WHAT COMMAND...: runs COMMAND while no other ./dev holds FILE. The lock dies with
# the process, so a killed ./dev leaves nothing to clean up.
with_lock() {
  local file="$1" what="$2" lock status=0
  shift 2
  mkdir -p "$(dirname "$file")"
  exec {lock}>"$file"
  if ! flock -n "$lock"; then
    say "waiting for another ./dev that is $what"
    flock "$lock"
  fi
  "$@" || status=$?
  exec {lock}>&-
  return "$status"
}
