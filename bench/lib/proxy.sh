# smtp-proxy under measurement, sourced by the benchmarks: the packaged program with a data folder below the temp folder.

# build_all: program and load generator, so that nothing is built while something is measured; sets load (a command).
build_all() {
  . "$root/bin/jdk.sh"
  find_jdk
  local classpath=$root/testkit/target/bench.classpath
  (cd "$root" && mvn -B -q -ntp -DskipTests -Dspotless.check.skip=true -pl testkit package \
    org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath \
    -DincludeScope=runtime -Dmdep.outputFile="$classpath") || { echo "the build failed" >&2; exit 1; }
  load=("$JAVA_HOME/bin/java" -XX:+UseSerialGC -cp "$root/testkit/target/classes:$(cat "$classpath")"
    org.smtpproxy.testkit.load.SmtpSource)
  # Builds what is missing, and says how if it can't.
  "$root/bin/smtp-proxy" --version >/dev/null
}

# write_state SINK_PORT: one tenant for every client of this machine, a login, and the sink as its provider.
write_state() {
  cat >"$work/state.yaml" <<YAML
tenants:
  - id: bench
    trustedNetworks: ["127.0.0.1/32"]
    credentials:
      - {username: bench, password: "${bench_password}"}
    providers:
      - {id: sink, type: smtp, host: 127.0.0.1, port: $1, tls: none}
    retry: {initial: 1s, factor: 2, jitter: 0.2, max: 10s, maxAttempts: 1000, lifetime: 48h}
    routes:
      - {name: default, to: [sink]}
YAML
}

# start_proxy [OPTION...]: on the data folder of this run; sets proxy_pid, proxy_port, proxy_start_ms.
start_proxy() {
  local begin
  begin=$(now_ms)
  : >"$work/ready"
  "$root/bin/smtp-proxy" run --data "$work/data" --apply "$work/state.yaml" \
    --smtp-port 0 --smtps-port 0 --http-port 0 "$@" >"$work/ready" 2>>"$work/proxy.log" &
  proxy_pid=$!
  pids+=("$proxy_pid")
  if ! wait_for 60 proxy_ready_or_dead || ! grep -q '^ready ' "$work/ready"; then
    echo "smtp-proxy does not get ready; the end of its log:" >&2
    tail -n 20 "$work/proxy.log" >&2
    exit 1
  fi
  proxy_start_ms=$(($(now_ms) - begin))
  proxy_port=$(sed -n 's/^ready smtp=[^ ]*:\([0-9]*\) .*/\1/p' "$work/ready")
}

proxy_ready_or_dead() { grep -q '^ready ' "$work/ready" || ! alive "$proxy_pid"; }

# Peak resident memory of the program so far, in KB.
proxy_peak_kb() { awk '/^VmHWM:/ { print $2 }' "/proc/$proxy_pid/status"; }

stop_proxy() {
  kill "$proxy_pid" 2>/dev/null || true
  wait_for 30 proxy_gone || kill -9 "$proxy_pid" 2>/dev/null || true
  wait "$proxy_pid" 2>/dev/null || true
}

proxy_gone() { ! alive "$proxy_pid"; }

bench_password=bench-$RANDOM$RANDOM$RANDOM
