# The system's packages and the compiler. Sourced by ./dev; needs report.sh.
# docs/ARCHITECTURE.md gives the reason for each library.

# `a|b`: either will do; the first that the distribution has is installed.
build_packages=(
  build-essential cmake ninja-build ccache pkg-config python3 python3-venv sqlite3 wordnet-base
  libyaml-cpp-dev 'libboost1.81-dev|libboost1.83-dev|libboost-dev' libfmt-dev libspdlog-dev
  libcli11-dev nlohmann-json3-dev libsqlite3-dev libutf8proc-dev libxxhash-dev zlib1g-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
)
# Version 14, since every version of clang-format lays out some lines its own way.
lint_packages=(git python3 'clang-format-14|clang-format')

# Version 14 of Debian 12's default does not know enough of C++20.
fuzz_packages=('clang-19|clang-18|clang' 'libclang-rt-19-dev|libclang-rt-18-dev|libclang-rt-dev')

# missing_packages PACKAGE...: those that are not installed, alternatives kept together.
missing_packages() {
  local installed alternatives package
  # dpkg-query fails as soon as it does not know one of the names; its answer still counts.
  installed=" $({ dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' ${*//|/ } 2>/dev/null || true; } |
    sed -n 's/^ii *//p' | tr '\n' ' ')"
  for alternatives in "$@"; do
    for package in ${alternatives//|/ }; do
      [[ $installed == *" $package "* ]] && continue 2
    done
    printf '%s\n' "$alternatives"
  done
}

# first_available ALTERNATIVES: the first that apt can install; needs fresh package lists.
first_available() {
  local package
  for package in ${1//|/ }; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      printf '%s' "$package"
      return
    fi
  done
  printf '%s' "${1%%|*}"
}

# ensure_packages build|lint|fuzz: installs what is missing. On other systems than Debian's family the
# packages are taken to be there; CMake says which are not.
ensure_packages() {
  local wanted=("${build_packages[@]}") missing=() chosen=() alternatives log as_root=()
  if [[ $1 == lint ]]; then
    wanted=("${lint_packages[@]}")
  elif [[ $1 == fuzz ]]; then
    wanted=("${fuzz_packages[@]}")
  fi
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]} > 0)) || return 0

  if ((EUID != 0)); then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
      fail "${#missing[@]} packages are missing, and installing them needs root (sudo would ask for a password)" \
        "sudo apt-get update && sudo apt-get install -y ${missing[*]%%|*}"
    fi
  fi
  say "installing ${#missing[@]} packages: ${missing[*]%%|*}"
  log="$(new_log packages)"
  # Five minutes for a lock: unattended upgrades of a fresh machine hold it for a while.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  # One broken foreign source must not stop us; a package that is truly lacking fails just below.
  "${apt[@]}" update >>"$log" 2>&1 </dev/null || say "apt-get update failed; trying with the lists at hand"
  for alternatives in "${missing[@]}"; do
    chosen+=("$(first_available "$alternatives")")
  done
  # --no-remove: another Boost of the user's is not thrown out silently.
  "${apt[@]}" install -y --no-install-recommends --no-remove "${chosen[@]}" >>"$log" 2>&1 </dev/null ||
    fail "apt-get could not install: ${chosen[*]}" \
      "look at the lines above; Debian 12, Ubuntu 24.04 and newer have all of them. By hand: apt-get install ${chosen[*]}" "$log"
}

# The oldest compiler and CMake that can build tarama; older ones give pages of errors instead.
check_compiler() {
  local compiler="${CXX:-c++}" version
  command -v "$compiler" >/dev/null || fail "there is no C++ compiler '$compiler'" "apt-get install g++, or set CXX"
  if "$compiler" --version 2>/dev/null | grep -q 'Free Software Foundation'; then
    version="$("$compiler" -dumpfullversion)"
    ((${version%%.*} >= 12)) || fail "the compiler $compiler is GCC $version; tarama needs GCC 12 or newer (C++20)" \
      "install a newer one and name it: apt-get install g++-12 && CXX=g++-12 ./dev build"
  fi
  version="$(cmake --version | sed -n '1s/[^0-9]*//p')"
  printf '3.25\n%s\n' "$version" | sort -VC ||
    fail "cmake is version $version; tarama needs 3.25 or newer" "upgrade it, e.g. pip install --user cmake"
}

# The newest clang++ of those that fuzzing is tried with; 17 is the first that deduces all that GCC does.
fuzz_compiler() { command -v clang++-19 || command -v clang++-18 || command -v clang++; }

# The program to format with.
clang_format() { command -v clang-format-14 || command -v clang-format; }
