# A server that speaks MongoDB's wire protocol: SecantusDB, a GPL-2.0-only test double for MongoDB 8 where no mongod can be had.
# It is a separate process in a virtual environment of its own; the product never imports, links or ships it.
# shellcheck shell=bash disable=SC2154

mongodb_home() { echo "$cache/secantusdb-$(sha256sum "$project/infra/local/engines.d/mongodb.lock" | cut -c -12)"; }
mongodb_packages() { :; }
mongodb_variable() { echo STEWARD_TEST_MONGODB_URL; }
mongodb_url() { echo "mongodb://127.0.0.1:$mongodb_port/"; }

mongodb_install() {
    local home
    home=$(mongodb_home)
    [[ -e $home/.complete ]] && return
    say mongodb "installing SecantusDB into the cache"
    "$python" -m venv --clear "$home"
    "$home/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --require-hashes -r "$project/infra/local/engines.d/mongodb.lock"
    touch "$home/.complete"
}

mongodb_start() {
    refuse_taken_port mongodb "$mongodb_port" STEWARD_ENGINES_MONGODB_PORT
    # --sync-on-commit: without it a killed server loses writes that it has acknowledged.
    launch mongodb pid "$(mongodb_home)/bin/secantusd-py" --host 127.0.0.1 --port "$mongodb_port" --storage-path "$state/mongodb/data" \
        --log-level WARNING --sync-on-commit --cache-size 256M
}

mongodb_is_ready() {
    port_answers "$mongodb_port" &&
        "$python" -c 'import sys, pymongo; pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=2000).admin.command("ping")' "$(mongodb_url)" 2>/dev/null
}

mongodb_stop() {
    stop_pid mongodb
    stop_remains mongodb
}
