# LibTorch, the packages of tests/interop and the weights of MiniLM-L6 in the user's cache folder, shared by all
# clones: installed once, under a lock, and taken as whole only when a stamp says so; what was
# interrupted is resumed. Sourced by ./dev; needs report.sh.

torch_version=2.13.0  # cmake/FindLibTorch.cmake names it too
transformers_version=5.23.0
# What reads a store and what `tarama export` writes, and what the examples train with, for tests/interop.
reader_packages=(optuna==5.0.0 tensorboard==2.21.0 'pandas>=2.2,<4' duckdb==1.5.5 duckdb-extensions==1.5.5
  duckdb-extension-sqlite-scanner==1.5.5 'scikit-learn>=1.6,<2')
cache_folder="${XDG_CACHE_HOME:-$HOME/.cache}/tarama"
torch_venv="$cache_folder/torch-$torch_version"
cpu_index=https://download.pytorch.org/whl/cpu
pip_options=(--no-input --disable-pip-version-check --progress-bar off)

# The Python to make virtual environments with: PyTorch needs 3.10, Debian keeps ensurepip apart.
usable_python() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      printf '%s' "$python"
      return
    fi
  done
  fail "there is no Python 3.10 or newer with the module venv" "apt-get install python3-venv"
}

# Whether the venv's torch is whole: every file of its wheel is there with its size.
torch_is_whole() {
  "$torch_venv/bin/python" - <<'END' 2>/dev/null
import importlib.metadata
import sys

files = importlib.metadata.distribution("torch").files or sys.exit(1)
sys.exit(any(file.size is not None and file.locate().stat().st_size != file.size for file in files))
END
}

# make_venv LOG: the virtual environment, unless a working one is there.
make_venv() {
  local python
  "$torch_venv/bin/python" -m pip --version >>"$1" 2>&1 && return 0
  python="$(usable_python)" || exit 1
  "$python" -m venv --clear "$torch_venv" >>"$1" 2>&1 </dev/null ||
    fail "no virtual environment could be made in $torch_venv" "check the disk and the folder's owner" "$1"
}

has_nvidia_driver() { [[ -e /proc/driver/nvidia/version ]] || command -v nvidia-smi >/dev/null; }

# The stamp of a whole installation says which index it came from. PyTorch's CPU build will not do
# once the machine has a driver; what the user or pip's configuration chose is left alone.
torch_is_there() {
  [[ -e $torch_venv/.complete ]] || return 1
  [[ $(<"$torch_venv/.complete") != "$cpu_index" ]] || ! has_nvidia_driver
}

# The index to install from; empty: pip's own, which is PyPI unless configured. Without an NVIDIA
# driver PyTorch's CPU build, 200 MB instead of several GB, if its index can be reached: 5 s are
# generous for one page, and short beside what PyPI's build then takes.
torch_index() {
  if [[ -n ${TARAMA_TORCH_INDEX:-} ]]; then
    printf '%s' "$TARAMA_TORCH_INDEX"
  elif ! has_nvidia_driver && "$torch_venv/bin/python" -c \
    'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/torch/", timeout=5)' "$cpu_index" >>"$1" 2>&1; then
    printf '%s' "$cpu_index"
  fi
}

install_torch() {
  # Another ./dev may have finished while this one waited for the lock.
  torch_is_there && return 0
  local log index round
  log="$(new_log libtorch)"
  for round in resumed fresh; do
    # What an interrupted pip left can look whole to pip; then only a new start helps, as it does
    # for a build that no longer fits the machine.
    [[ $round == resumed && ! -e $torch_venv/.complete ]] || rm -rf "$torch_venv"
    make_venv "$log"
    index="$(torch_index "$log")"
    say "installing LibTorch $torch_version by pip${index:+ from $index} into $torch_venv (once for all clones; can take minutes)"
    "$torch_venv/bin/python" -m pip install "${pip_options[@]}" ${index:+--index-url "$index"} "torch==$torch_version" >>"$log" 2>&1 </dev/null ||
      fail "pip could not install torch==$torch_version" \
        "check the network and the disk ($cache_folder), then run the command again; TARAMA_TORCH_INDEX=URL picks another index, TARAMA_LIBTORCH=DIR another LibTorch" "$log"
    if torch_is_whole; then
      printf '%s' "$index" >"$torch_venv/.complete"
      return 0
    fi
  done
  fail "torch==$torch_version in $torch_venv is damaged, twice" "check the disk ($cache_folder), then run the command again" "$log"
}

ensure_torch_venv() {
  torch_is_there || with_lock "$cache_folder/torch-$torch_version.lock" "installing LibTorch" install_torch
}

# Whether LibTorch must still be installed: neither TARAMA_LIBTORCH nor CMAKE_PREFIX_PATH names
# one, and the cache folder has none.
must_install_libtorch() {
  local header=include/torch/csrc/api/include/torch/torch.h place
  if [[ -n ${TARAMA_LIBTORCH:-} ]]; then
    [[ -e $TARAMA_LIBTORCH/$header ]] || fail "TARAMA_LIBTORCH=$TARAMA_LIBTORCH is no LibTorch: $header is not there" \
      "name the folder with include/ and lib/, or unset it to have LibTorch $torch_version installed"
    return 1
  fi
  local IFS=':;'
  for place in ${CMAKE_PREFIX_PATH:-}; do
    if [[ -e $place/$header || -e $place/../../$header ]]; then
      return 1
    fi
  done
  ! torch_is_there
}

libtorch_process=""

# Installs LibTorch while this ./dev goes on; await_libtorch gives the outcome. A process group of
# its own (set -m), so that pip ends with us: a shell's background jobs do not hear Ctrl-C.
start_libtorch() {
  trap stop_libtorch EXIT
  set -m
  ensure_torch_venv </dev/null &
  libtorch_process=$!
  set +m
}

stop_libtorch() {
  [[ -z $libtorch_process ]] || kill -- "-$libtorch_process" 2>/dev/null || true
}

await_libtorch() {
  local status=0
  if kill -0 "$libtorch_process" 2>/dev/null; then
    say "waiting for LibTorch"
  fi
  wait "$libtorch_process" || status=$?
  libtorch_process=""
  ((status == 0)) || fail "LibTorch could not be installed; the reason stands above" \
    "mend it and run the command again: what is compiled is kept"
}

install_interop() {
  local packages=("transformers==$transformers_version" "${reader_packages[@]}") log
  has_interop && return 0
  log="$(new_log interop)"
  say "installing by pip into $torch_venv: ${packages[*]}"
  "$torch_venv/bin/python" -m pip install "${pip_options[@]}" "${packages[@]}" >>"$log" 2>&1 </dev/null ||
    fail "pip could not install ${packages[*]}" "check the network, then run the command again" "$log"
  touch "$interop_stamp"
}

# The Python that has torch, transformers and the readers, for tests/interop.
interop_python="$torch_venv/bin/python"
interop_stamp="$torch_venv/.interop-$transformers_version-$(cksum <<<"${reader_packages[*]}" | cut -d ' ' -f 1)"

has_interop() { [[ -e $interop_stamp ]]; }

ensure_interop() {
  ensure_torch_venv
  has_interop || with_lock "$cache_folder/torch-$torch_version.lock" "installing the packages of tests/interop" install_interop
}

# Sets TARAMA_MINILM_DIR to a folder with the weights, fetching them if need be; returns 1 with the
# reason said where that is not possible.
fetch_model() {
  local folder="$cache_folder/minilm-l6" log python
  if [[ -n ${TARAMA_MINILM_DIR:-} ]]; then
    [[ -e $TARAMA_MINILM_DIR/model.safetensors ]] && return 0
    say "TARAMA_MINILM_DIR=$TARAMA_MINILM_DIR has no model.safetensors"
    return 1
  fi
  if [[ ! -e $folder/.complete ]]; then
    say "fetching the weights of MiniLM-L6 (84 MB) into $folder"
    log="$(new_log fetch-model)"
    python="$(usable_python)" || return 1
    if ! with_lock "$cache_folder/minilm-l6.lock" "fetching the weights of MiniLM-L6" \
      "$python" "$root/tools/fetch_model.py" "$folder" >>"$log" 2>&1 </dev/null; then
      tail -n 5 "$log" | sed 's/^/    /' >&2
      return 1
    fi
  fi
  export TARAMA_MINILM_DIR="$folder"
}
