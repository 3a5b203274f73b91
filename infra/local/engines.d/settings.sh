# Where the engines live and listen. Every value can be set in the environment, so that two clones can run side by side.
# shellcheck shell=bash disable=SC2034

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
state=${STEWARD_ENGINES_DIR:-$project/var/engines}
cache=${STEWARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/steward}
python=$project/.venv/bin/python
start_seconds=${STEWARD_ENGINES_START_SECONDS:-180}
stop_seconds=${STEWARD_ENGINES_STOP_SECONDS:-20}

rabbitmq_port=${STEWARD_ENGINES_RABBITMQ_PORT:-5682}
rabbitmq_distribution_port=$((rabbitmq_port + 20000))
rabbitmq_epmd_port=$((rabbitmq_port + 21000))
# The management page and its HTTP interface: off unless a port is given.
rabbitmq_management_port=${STEWARD_ENGINES_RABBITMQ_MANAGEMENT_PORT:-}

mongodb_port=${STEWARD_ENGINES_MONGODB_PORT:-27217}

elasticsearch_port=${STEWARD_ENGINES_ELASTICSEARCH_PORT:-9212}
elasticsearch_heap=${STEWARD_ENGINES_ELASTICSEARCH_HEAP:-512m}
# The serial collector and the first compiler only: quick to start on two cores. Empty for the JVM's own choice (benchmarks).
elasticsearch_jvm=${STEWARD_ENGINES_ELASTICSEARCH_JVM--XX:+UseSerialGC -XX:TieredStopAtLevel=1}
elasticsearch_bundle=26.9.0.129388
