# Configure and build by the presets of CMakePresets.json, saying something only when there is
# something to do. Sourced by ./dev; needs report.sh and libtorch.sh.

# A translation unit with LibTorch takes 1 GB, one without a third of that.
gigabytes_per_job=1

# build_folder PRESET: where its preset builds.
build_folder() {
  if [[ $1 == release ]]; then
    printf '%s' "$root/build"
  else
    printf '%s' "$root/build-$1"
  fi
}

# As many compile jobs as cores, unless memory (also that of a container) allows fewer.
compile_jobs() {
  local jobs kilobytes limit
  if [[ -n ${CMAKE_BUILD_PARALLEL_LEVEL:-} ]]; then
    printf '%s' "$CMAKE_BUILD_PARALLEL_LEVEL"
    return
  fi
  jobs="$(nproc)"
  kilobytes="$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)"
  limit="$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)"
  if [[ $limit != max ]] && ((limit / 1024 < kilobytes)); then
    kilobytes=$((limit / 1024))
  fi
  local by_memory=$((kilobytes / (gigabytes_per_job * 1024 * 1024)))
  ((jobs <= by_memory)) || jobs=$((by_memory > 0 ? by_memory : 1))
  printf '%s' "$jobs"
}

# configure PRESET [SETTING...]: only where the folder is not configured, or was with other
# settings. What changes in the CMake files themselves is ninja's affair.
configure() {
  local preset="$1" folder settings=() stamp log
  shift
  folder="$(build_folder "$preset")"
  stamp="$folder/.configured-by-dev"
  settings=("-DTARAMA_WERROR=${TARAMA_WERROR:-OFF}" "$@")
  if [[ $preset == release ]]; then
    settings+=("-DTARAMA_LIBTORCH=${TARAMA_LIBTORCH:-}")
    if has_interop; then
      settings+=("-DTARAMA_PYTHON=$interop_python")
    fi
  fi
  # A machine that gets an NVIDIA driver gets another LibTorch in the same place.
  local wanted="${settings[*]} torch=$(cat "$torch_venv/.complete" 2>/dev/null) CXX=${CXX:-} CMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH:-} in $root"
  if [[ -e $folder/build.ninja && -e $stamp && $(<"$stamp") == "$wanted" ]]; then
    return 0
  fi
  say "configuring (cmake --preset $preset)"
  log="$(new_log "configure-$preset")"
  rm -f "$stamp"
  # --fresh: an old choice of compiler or LibTorch must not survive; objects are kept.
  (cd "$root" && cmake --fresh --preset "$preset" "${settings[@]}") >"$log" 2>&1 </dev/null ||
    fail "cmake could not configure $folder" "look at the lines above; ./dev clean starts from nothing" "$log"
  printf '%s' "$wanted" >"$stamp"
}

# Reads ninja's output, keeps it in $1, and shows "building" once there is something to build; on
# a terminal with a count in place.
show_progress() {
  local log="$1" jobs="$2" line is_announced=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*)$ ]] || continue
    # Ninja looks at globs anew each time; that alone is no building.
    [[ ${BASH_REMATCH[3]} == 'Re-checking globbed directories'* ]] && continue
    if [[ -t 2 ]]; then
      printf '\rdev: building (ninja, %s jobs): %s of %s ' "$jobs" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
      is_announced=1
    elif ((!is_announced)); then
      say "building (ninja, $jobs jobs, ${BASH_REMATCH[2]} steps)"
      is_announced=1
    fi
  done
  if [[ -t 2 ]] && ((is_announced)); then
    printf '\n' >&2
  fi
}

build_targets() {
  local preset="$1" log jobs
  shift
  log="$(new_log "build-$preset")"
  jobs="$(compile_jobs)"
  (cd "$root" && cmake --build --preset "$preset" -j "$jobs" --target "$@") 2>&1 </dev/null |
    show_progress "$log" "$jobs" && return 0
  if grep -q 'Killed signal terminated program' "$log"; then
    fail "the compiler was killed: too little memory for $jobs jobs" "CMAKE_BUILD_PARALLEL_LEVEL=1 ./dev build" "$log"
  fi
  fail "the build failed" "mend the first error above; ninja goes on where it stopped" "$log"
}

# build PRESET TARGET...: one ./dev at a time in a build folder, since ninja has no lock.
build() { with_lock "$(build_folder "$1")/.dev.lock" "building here" build_targets "$@"; }
