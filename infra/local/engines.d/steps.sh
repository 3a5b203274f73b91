# What starting and stopping any engine takes. A process is ours when its environment names the engine and our state folder, so a stale pid
# file can never end a stranger.
# shellcheck shell=bash disable=SC2154

say() { echo "    $1: ${*:2}"; }
refuse() { echo "error: $*" >&2; exit 1; }

# is_ours ENGINE PID. Looked at a few times before the answer is no: the environment of a process is empty for a moment while it becomes another.
is_ours() {
    local look
    for look in 1 2 3 4 5; do
        [[ -n ${2:-} && -e /proc/$2 ]] || return 1
        if grep -qzxF "STEWARD_ENGINE=$1@$state" "/proc/$2/environ" 2>/dev/null; then return 0; fi
        ((look == 5)) || sleep 0.05
    done
    return 1
}
pid_of() { cat "$state/$1/${2:-pid}" 2>/dev/null; }
is_running() { is_ours "$1" "$(pid_of "$1")"; }
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

refuse_taken_port() {
    local engine=$1 port=$2 variable=$3
    port_answers "$port" || return 0
    refuse "$engine: something else already listens on port $port. Choose another: $variable=PORT make engines"
}

# launch ENGINE PIDFILE COMMAND...: in a session of its own, with a clean environment that the command extends with `env`. The
# process writes its own pid before it becomes the command, so an interruption cannot leave it without one.
launch() {
    local engine=$1 pidfile=$state/$1/$2
    shift 2
    rm -f "$pidfile"
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid env -i PATH="$PATH" HOME="$state/$engine" LANG=C.UTF-8 STEWARD_ENGINE="$engine@$state" ${STEWARD_RUN_ID:+STEWARD_RUN_ID="$STEWARD_RUN_ID"} \
        sh -c 'echo $$ >"$0" && exec "$@"' "$pidfile" "$@" </dev/null >>"$state/$engine/log/console" 2>&1 9>&- &
    launched=$!
}

show_log() { tail -n 20 "$state/$1/log/console" | cut -c -300 | sed "s/^/    $1 | /" >&2; }

# Waits until ENGINE_is_ready, saying so every five seconds; a process that ends meanwhile fails at once.
await() {
    local engine=$1 began=$SECONDS told=0
    until "${engine}_is_ready"; do
        local waited=$((SECONDS - began))
        if ! kill -0 "$launched" 2>/dev/null; then show_log "$engine"; refuse "$engine ended while starting"; fi
        if ((waited >= start_seconds)); then show_log "$engine"; refuse "$engine was not ready after $start_seconds s"; fi
        if ((waited >= told + 5)); then told=$waited; say "$engine" "still starting ($waited s)"; fi
        sleep 0.1
    done
}

# Asks politely, then after a grace period ends the process for certain.
stop_pid() {
    local engine=$1 pidfile=${2:-pid} pid
    pid=$(pid_of "$engine" "$pidfile") || return 0
    if is_ours "$engine" "$pid"; then
        kill -TERM "$pid" 2>/dev/null || true # it may have ended by itself since the line above
        await_end "$engine" "$pid" "$stop_seconds" || { say "$engine" "did not stop in $stop_seconds s: killed"; kill -KILL "$pid"; await_end "$engine" "$pid" 5; }
    fi
    rm -f "$state/$engine/$pidfile"
}

await_end() {
    local deadline=$((SECONDS + $3))
    while is_ours "$1" "$2"; do ((SECONDS < deadline)) || return 1; sleep 0.05; done
}

# Whatever an engine started and left behind (a JVM whose launcher was killed, a port mapper).
stop_remains() {
    local engine=$1 deadline=$((SECONDS + stop_seconds)) pids
    while pids=$(remains "$engine") && [[ -n $pids ]]; do
        if ((SECONDS >= deadline)); then
            say "$engine" "killed what was left: ${pids//$'\n'/ }"
            # shellcheck disable=SC2086 # one argument per pid
            kill -KILL $pids 2>/dev/null || true # some may have ended by themselves since they were listed
        fi
        sleep 0.1
    done
}

# grep also fails for each process that it may not look into, so only what it prints counts.
remains() { { grep -lzxF "STEWARD_ENGINE=$1@$state" /proc/[0-9]*/environ 2>/dev/null || true; } | cut -d / -f 3; }

install_packages() {
    (($#)) || return 0
    command -v apt-get >/dev/null || refuse "please install these packages (or what your system calls them): $*"
    [[ $(id -u) == 0 ]] || refuse "please install the missing packages: sudo apt-get install $*"
    echo "==> installing $*"
    # Another stage of the same CI run may hold dpkg's lock: wait for it.
    apt-get -o DPkg::Lock::Timeout=300 -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y -qq --no-install-recommends install "$@" </dev/null
}
