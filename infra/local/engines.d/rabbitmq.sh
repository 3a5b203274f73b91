# RabbitMQ from the Debian package, as a node of our own: own name, ports, data and epmd, loopback only.
# shellcheck shell=bash disable=SC2154

rabbitmq_home() { compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*' | head -n 1; }
rabbitmq_packages() { [[ -n $(rabbitmq_home) ]] || echo rabbitmq-server; }
rabbitmq_install() { [[ -n $(rabbitmq_home) ]] || refuse "rabbitmq-server was not found in /usr/lib/rabbitmq"; }
rabbitmq_variable() { echo STEWARD_TEST_RABBITMQ_URL; }
rabbitmq_url() { echo "amqp://guest:guest@127.0.0.1:$rabbitmq_port/"; }

rabbitmq_write_configuration() {
    local home=$state/rabbitmq plugins=
    {
        echo "listeners.tcp.default = 127.0.0.1:$rabbitmq_port"
        echo "log.file.level = warning"
        # A test machine's disk and memory are shared; an alarm here would only stall the tests without a word.
        echo "disk_free_limit.absolute = 100MB"
        echo "vm_memory_high_watermark.absolute = 1GB"
        if [[ -n $rabbitmq_management_port ]]; then
            echo "management.tcp.ip = 127.0.0.1"
            echo "management.tcp.port = $rabbitmq_management_port"
        fi
    } >"$home/rabbitmq.conf"
    [[ -z $rabbitmq_management_port ]] || plugins=rabbitmq_management
    echo "[$plugins]." >"$home/enabled_plugins"
}

rabbitmq_start() {
    local home=$state/rabbitmq
    refuse_taken_port rabbitmq "$rabbitmq_port" STEWARD_ENGINES_RABBITMQ_PORT
    rabbitmq_write_configuration
    # An epmd of our own, so that nobody else's node depends on it and it can end with ours.
    launch rabbitmq epmd.pid epmd -port "$rabbitmq_epmd_port" -address 127.0.0.1
    # RUNNING_UNDER_SYSTEMD makes the start script become the broker, so that its pid is the one to stop.
    launch rabbitmq pid env RUNNING_UNDER_SYSTEMD=1 \
        ERL_EPMD_PORT="$rabbitmq_epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_NODENAME=steward@localhost RABBITMQ_DIST_PORT="$rabbitmq_distribution_port" \
        RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
        RABBITMQ_MNESIA_BASE="$home/data" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_PID_FILE="$home/broker.pid" \
        RABBITMQ_CONF_ENV_FILE="$home/none.conf" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none" \
        "$(rabbitmq_home)/sbin/rabbitmq-server"
}

rabbitmq_is_ready() {
    port_answers "$rabbitmq_port" &&
        "$python" -c 'import sys, amqp; amqp.Connection(sys.argv[1], connect_timeout=5).connect()' "127.0.0.1:$rabbitmq_port" 2>/dev/null
}

# Speaks to the node with the node's own cookie, which lies in its home.
rabbitmq_control() {
    env HOME="$state/rabbitmq" RABBITMQ_CONF_ENV_FILE="$state/rabbitmq/none.conf" \
        ERL_EPMD_PORT="$rabbitmq_epmd_port" RABBITMQ_NODENAME=steward@localhost \
        "$(rabbitmq_home)/sbin/rabbitmqctl" --silent "$@"
}

rabbitmq_stop() {
    stop_pid rabbitmq
    stop_pid rabbitmq epmd.pid
    stop_remains rabbitmq
}
