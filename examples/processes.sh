# A server and clients as processes on this machine, for the examples' network.sh, which source this.
# They are gone, and so is the folder $work, when the script ends.
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

# Starts a server on a free port, which becomes $address; what it says goes to $work/server.txt.
start_server() { # start_server PROGRAM FLAGS...
  : >"$work/server.txt"
  "$@" --listen=127.0.0.1:0 2>>"$work/server.txt" &
  pids+=($!)
  address=
  for ((i = 0; i < 1200 && ${#address} == 0; ++i)); do
    address=$(sed -n 's/^listening on //p' "$work/server.txt")
    kill -0 "${pids[0]}" 2>/dev/null || break
    sleep 0.05
  done
  [ -n "$address" ] || { cat "$work/server.txt" >&2; exit 1; }
}

# Starts a client of it; what it says goes to $work/NAME.txt.
start_client() { # start_client NAME PROGRAM FLAGS...
  "${@:2}" --server="$address" --quiet >"$work/$1.txt" 2>&1 &
  pids+=($!)
}

# Waits for all of them; where one fails, all that was said is shown.
wait_for_all() {
  local failed=0 pid
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  pids=()
  if [ $failed = 1 ]; then
    cat "$work"/*.txt >&2
    exit 1
  fi
}
