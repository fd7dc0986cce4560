# Postfix for comparison, sourced by the benchmarks: Debian's binaries with a configuration, a queue and a log of their
# own below the temp folder. Never the system's service; its /etc/postfix and /var/spool/postfix are not touched.

postfix_available() { [ "$(id -u)" -eq 0 ] && [ -x /usr/lib/postfix/sbin/master ]; }

# start_postfix SINK_PORT: sets postfix_port and postfix_pid.
start_postfix() {
  local home=$work/postfix
  postfix_port=$(free_port)
  mkdir -p "$home/conf" "$home/queue" "$home/data"
  chown postfix "$home/data"
  cat >"$home/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $home/queue
data_directory = $home/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $home/log
maillog_file_prefixes = $home
myhostname = postfix.bench.test
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
smtp_tls_security_level = none
relayhost = [127.0.0.1]:$1
# Tuning for this comparison: everything goes to one next hop, from one client host.
default_process_limit = 200
default_destination_concurrency_limit = 100
initial_destination_concurrency = 20
default_destination_recipient_limit = 50
qmgr_message_active_limit = 40000
smtp_connection_cache_on_demand = yes
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_client_recipient_rate_limit = 0
in_flow_delay = ${POSTFIX_IN_FLOW_DELAY:-0}
CONF
  cat >"$home/conf/master.cf" <<CONF
127.0.0.1:$postfix_port inet n - n - - smtpd
pickup    unix  n - n 60   1 pickup
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
verify    unix  - - n -    1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -    - proxymap
proxywrite unix - - n -    1 proxymap
smtp      unix  - - n -    - smtp
relay     unix  - - n -    - smtp
error     unix  - - n -    - error
retry     unix  - - n -    - error
discard   unix  - - n -    - discard
anvil     unix  - - n -    1 anvil
scache    unix  - - n -    1 scache
postlog   unix-dgram n - n - 1 postlogd
CONF
  # post-install makes the queue's folders; it asks for the list of files that belong to Postfix, which isn't ours.
  cp /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf "$home/conf/" 2>/dev/null || true
  if ! postfix -c "$home/conf" start >"$home/start.log" 2>&1; then
    cat "$home/start.log" >&2
    return 1
  fi
  postfix_pid=$(tr -d ' ' <"$home/queue/pid/master.pid")
  wait_for 10 listens "$postfix_port"
}

# Stops it by the pid of its own master, whatever state it is in.
stop_postfix() {
  [ -n "${postfix_pid:-}" ] || return 0
  local pid tree
  find_tree "$postfix_pid"
  kill "$postfix_pid" 2>/dev/null || true
  wait_for 5 postfix_gone || true
  for pid in "${tree[@]}"; do
    # Only what still is one of its daemons: numbers are used again.
    case $(readlink "/proc/$pid/exe" 2>/dev/null) in /usr/lib/postfix/sbin/*) kill -9 "$pid" 2>/dev/null || true ;; esac
  done
  postfix_pid=
}

postfix_gone() { ! alive "$postfix_pid"; }
