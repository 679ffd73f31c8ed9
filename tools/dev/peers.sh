# What tarama is compared with by `./dev bench --peers`: transformers and Optuna, in a virtual
# environment of the cache folder beside that of LibTorch, whose torch it uses. Sourced by ./dev;
# needs report.sh and libtorch.sh.

peers_venv="$cache_folder/peers-$torch_version"
peers_requirements="$root/bench/peers/requirements.txt"

# What a whole installation was made of: another torch or other ranges want a new one.
peers_wanted() {
  printf '%s, torch of %s\n' "$("$torch_venv/bin/python" --version)" "$torch_venv"
  cat "$peers_requirements"
}

peers_are_there() { [[ -e $peers_venv/.complete && $(<"$peers_venv/.complete") == "$(peers_wanted)" ]]; }

site_packages() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }

install_peers() {
  peers_are_there && return 0
  local log
  log="$(new_log peers)"
  say "installing transformers and Optuna by pip into $peers_venv"
  "$torch_venv/bin/python" -m venv --clear "$peers_venv" >>"$log" 2>&1 </dev/null ||
    fail "no virtual environment could be made in $peers_venv" "check the disk and the folder's owner" "$log"
  # Torch is 1 GB: it is not installed a second time.
  site_packages "$torch_venv" >"$(site_packages "$peers_venv")/torch.pth"
  "$peers_venv/bin/python" -m pip install "${pip_options[@]}" -r "$peers_requirements" >>"$log" 2>&1 </dev/null ||
    fail "pip could not install what $peers_requirements lists" "check the network, then run the command again" "$log"
  peers_wanted >"$peers_venv/.complete"
}

ensure_peers() {
  ensure_torch_venv
  peers_are_there || with_lock "$peers_venv.lock" "installing transformers and Optuna" install_peers
}
