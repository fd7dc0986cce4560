# What the benchmarks measure with, sourced by them: a temp folder, time-limited programs that end by pid, CPU time and
# memory of process trees from /proc, and a sink whose count can be read.

bench_begin() {
  # On a real disk: acknowledged mail is synced to it, and a tmpfs would make that free.
  work=$(mktemp -d "${BENCH_TMP:-/var/tmp}/smtp-proxy-bench.XXXXXX")
  chmod 755 "$work"
  pids=()
  trap bench_end EXIT
  trap 'exit 130' INT TERM
  if [ "$(stat -f -c %T "$work")" = tmpfs ]; then
    echo "warning: $work is a tmpfs, where syncing costs nothing: set BENCH_TMP to a folder on a disk" >&2
  fi
}

bench_end() {
  local pid
  if declare -F stop_postfix >/dev/null; then stop_postfix; fi
  for pid in ${pids[@]+"${pids[@]}"}; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [ "${keep:-no}" = yes ]; then echo "kept: $work" >&2; else rm -rf "$work"; fi
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

alive() { kill -0 "$1" 2>/dev/null; }

# All processes below a process, itself first, into the array tree. Without starting a process: this runs while others
# are measured.
find_tree() {
  local i=0 children file
  tree=("$1")
  while [ $i -lt ${#tree[@]} ]; do
    for file in "/proc/${tree[i]}"/task/*/children; do
      children=()
      { read -r -a children <"$file"; } 2>/dev/null || true
      tree+=(${children[@]+"${children[@]}"})
    done
    i=$((i + 1))
  done
}

# CPU milliseconds of a process, of those below it, and of those that it has reaped: a daemon that has ended is counted
# through its parent's cutime and cstime, so nothing that ran is missed.
cpu_ms() {
  local pid stat total=0 fields tree
  find_tree "$1"
  for pid in "${tree[@]}"; do
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
    # The name in parentheses may contain blanks.
    read -r -a fields <<<"${stat##*) }"
    total=$((total + fields[11] + fields[12] + fields[13] + fields[14]))
  done
  echo $((total * 1000 / $(getconf CLK_TCK)))
}

# Memory of a process tree in KB: proportional set sizes, so that pages shared by many daemons count once.
pss_kb() {
  local tree
  find_tree "$1"
  local files=("${tree[@]/#//proc/}")
  cat "${files[@]/%//smaps_rollup}" 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

# Samples the memory of a process tree every two seconds into a file until it is stopped.
watch_memory() {
  while alive "$1"; do pss_kb "$1"; sleep 2; done >>"$2" &
  watcher=$!
  pids+=("$watcher")
}

peak_kb() { sort -n "$1" 2>/dev/null | tail -n 1; }

# start_sink NAME [PORT]: smtp-sink that counts into a file; sets sink_port and sink_log.
start_sink() {
  sink_port=${2:-$(free_port)}
  sink_log=$work/sink-$1.log
  smtp-sink -u root -m 2000 -c "127.0.0.1:$sink_port" 1024 >"$sink_log" 2>&1 &
  sink_pid=$!
  pids+=("$sink_pid")
  wait_for 10 listens "$sink_port" || { echo "smtp-sink does not start: $(cat "$sink_log")" >&2; exit 1; }
}

stop_sink() { kill "$sink_pid" 2>/dev/null || true; wait "$sink_pid" 2>/dev/null || true; }

# How many messages the sink has taken so far: it prints "mesg=N" after each event.
sink_count() {
  local count
  count=$(tail -c 200 "$sink_log" | tr '\r' '\n' | sed -n 's/.*mesg=\([0-9]*\)$/\1/p' | tail -n 1)
  echo "${count:-0}"
}

# await_sink COUNT SECONDS: until the sink has so many; sets sink_done_ms to when its log said so.
await_sink() {
  local end=$((SECONDS + $2))
  while [ "$(sink_count)" -lt "$1" ]; do
    if [ $SECONDS -ge $end ]; then
      echo "the sink got only $(sink_count) of $1 messages in $2 s" >&2
      return 1
    fi
    sleep 0.1
  done
  sink_done_ms=$(($(date -r "$sink_log" +%s%N) / 1000000))
}

# number EXPRESSION [FORMAT]: arithmetic with fractions.
number() { awk "BEGIN { printf \"${2:-%.1f}\", $1 }"; }
