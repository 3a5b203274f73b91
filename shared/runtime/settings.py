"""Settings that every process of the platform reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.messaging.wire.tls import broker_address
from shared.settings import names, seconds_list, setting


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """Broker, stores, search, plugins, and the limits of messaging."""

    broker_url: str = setting(
        "STEWARD_BROKER_URL",
        "embedded://localhost/",
        "Broker: embedded://localhost/, amqp://… or amqps://user:password@host:5671/%2F, with ?cacertfile=FILE (authorities; "
        "default: the machine's), &certfile=FILE&keyfile=FILE (a certificate of our own), &server_name_indication=NAME (the name "
        "in the broker's certificate; default: the host)",
        parse=broker_address,
    )
    broker_management_url: str = setting(
        "STEWARD_BROKER_MANAGEMENT_URL",
        "",
        "RabbitMQ's management interface as an administrator, http://user:password@broker.example:15672: for `steward doctor`",
        secret=True,
    )
    store_url: str = setting(
        "STEWARD_STORE_URL", "", "Stores: sqlite:///folder (default: the data folder) or mongodb://…"
    )
    search_url: str = setting(
        "STEWARD_SEARCH_URL", "embedded:", "PA search: embedded: or the http://… of Elasticsearch"
    )
    data_dir: str = setting("STEWARD_DATA_DIR", "var/steward", "Folder of an embedded platform's data")
    environment: str = setting(
        "STEWARD_ENVIRONMENT",
        "production",
        "development allows the settable clock and demo identities; test allows faults",
    )
    faults: tuple[str, ...] = setting(
        "STEWARD_FAULT",
        (),
        "For tests: kill this process at a point (shared/faults.py); never in production",
        parse=names,
    )
    log_level: str = setting("STEWARD_LOG_LEVEL", "WARNING", "DEBUG, INFO, WARNING or ERROR")
    probes: str = setting(
        "STEWARD_PROBES",
        "127.0.0.1:9464",
        "Where a process of services answers /healthz, /readyz and /metrics: host:port, or the next free of twenty ports; "
        "off for nowhere",
    )
    traces: str = setting("STEWARD_TRACES", "off", "Traces by OpenTelemetry: off, otlp, console or file")
    traces_to: str = setting(
        "STEWARD_TRACES_TO",
        "",
        "The collector's address (default: http://localhost:4318/v1/traces) or the file (default: traces.jsonl)",
    )
    traces_share: float = setting(
        "STEWARD_TRACES_SHARE", 1.0, "Share of the traces begun here that are kept, 0 to 1", parse=float
    )
    services: tuple[str, ...] = setting(
        "STEWARD_SERVICES",
        ("referrals", "pa_registry", "safeguarding", "ledger", "notifications"),
        "Service plugins to load",
        parse=names,
    )
    policy_pack_bytes: int = setting(
        "STEWARD_POLICY_PACK_BYTES", 200_000, "Largest policy pack to publish, bytes; an event must hold it"
    )
    policy_refresh_seconds: float = setting(
        "STEWARD_POLICY_REFRESH", 5.0, "After how long a replica looks for packs that another replica has learned of"
    )
    policy_packs: tuple[str, ...] = setting("STEWARD_POLICY_PACKS", ("builtin",), "Policy pack plugins", parse=names)
    intake_formats: tuple[str, ...] = setting(
        "STEWARD_INTAKE", ("cloudevents", "csv", "bars"), "Intake format plugins", parse=names
    )
    channels: tuple[str, ...] = setting(
        "STEWARD_CHANNELS",
        ("email-file", "letter-file", "phone-task"),
        "Channel plugins, in order of trial",
        parse=names,
    )
    queue_type: str = setting("STEWARD_QUEUE_TYPE", "quorum", "quorum, or classic for a broker without quorum queues")
    outside_queue_messages: int = setting(
        "STEWARD_OUTSIDE_QUEUE_MESSAGES",
        100_000,
        "Most messages in a queue that a council writes to or reads; beyond it the broker refuses more and nothing is dropped",
    )
    outside_queue_bytes: int = setting(
        "STEWARD_OUTSIDE_QUEUE_BYTES", 268_435_456, "Most bytes of message bodies in such a queue"
    )
    rpc_callers: tuple[str, ...] = setting(
        "STEWARD_RPC_CALLERS",
        (),
        "Broker users who may call services, as the broker itself proves them; empty: whoever can write to nameko-rpc",
        parse=names,
    )
    workers: int = setting(
        "STEWARD_WORKERS",
        40,
        "Most calls a service answers at once; beside them, each queue's handler runs one at a time",
    )
    relay_workers: int = setting("STEWARD_RELAY_WORKERS", 2, "Batches of events a service publishes side by side")
    relay_batch: int = setting("STEWARD_RELAY_BATCH", 64, "Most records whose events are published as one batch")
    outbox_seconds: float = setting(
        "STEWARD_OUTBOX_LIMIT",
        120.0,
        "How long an event may wait to be published before further commands are refused for now, seconds",
    )
    prefetch: int = setting("STEWARD_PREFETCH", 20, "Messages a consumer takes ahead per queue")
    body_bytes: int = setting("STEWARD_EVENT_BYTES", 262_144, "Largest event body, bytes")
    refused_per_second: float = setting(
        "STEWARD_REFUSED_PER_SECOND",
        20.0,
        "Most events a second that are refused to one council; what it has sent behind the next refusal waits meanwhile, other "
        "councils do not; 0: no bound",
    )
    set_aside_per_second: float = setting(
        "STEWARD_SET_ASIDE_PER_SECOND",
        20.0,
        "Most messages a second that a process sets aside from a service's own queues because they can't be read or applied; what "
        "a queue holds behind the next such message waits meanwhile; 0: no bound",
    )
    told_per_minute: int = setting(
        "STEWARD_TOLD_PER_MINUTE",
        20,
        "Messages set aside, or to be tried again, that a service's log tells singly within a minute; of more it says how many",
    )
    event_depth: int = setting("STEWARD_EVENT_DEPTH", 32, "Deepest nesting of what a council sends")
    event_values: int = setting("STEWARD_EVENT_VALUES", 10_000, "Most JSON values in one message of a council")
    intake_user_id: bool = setting(
        "STEWARD_INTAKE_USER_ID",
        False,
        "Take only councils' messages with a user_id, which the broker proves; without it the exchange is proof",
    )
    retry_after_seconds: tuple[float, ...] = setting(
        "STEWARD_RETRY_WAITS",
        (10.0, 60.0, 600.0, 3600.0),
        "Waits before a failed handler, or a step of a process, is tried again, seconds; a step for ever after the last",
        parse=seconds_list,
    )
    gap_check_seconds: float = setting(
        "STEWARD_GAP_CHECK", 5.0, "How often a message held for a gap is looked at again, seconds"
    )
    held_alarm_seconds: float = setting(
        "STEWARD_HELD_ALARM", 900.0, "How long a message may be held before operators are alarmed, seconds"
    )
    due_alarm_seconds: float = setting(
        "STEWARD_DUE_ALARM",
        900.0,
        "How late due work may be, and how long a process may be under way, before operators are alarmed, seconds",
    )
    sweep_seconds: float = setting("STEWARD_SWEEP", 1.0, "How often due work is looked for, seconds")
    lease_seconds: float = setting(
        "STEWARD_LEASE",
        30.0,
        "How long one replica has for a piece of due work before another may try it, seconds; also when work that failed "
        "is tried again",
    )
    claim_seconds: float = setting(
        "STEWARD_CLAIM",
        5.0,
        "How long one replica has for publishing what another left behind, or for a held message, before the next may try "
        "it, seconds",
    )
    replica_beat_seconds: float = setting(
        "STEWARD_REPLICA_BEAT",
        2.0,
        "How often a replica says that it lives, and hands back shards that are another's, seconds",
    )
    replica_lease_seconds: float = setting(
        "STEWARD_REPLICA_LEASE",
        10.0,
        "How long after its last sign of life a replica's shards are shared out among the others, seconds; what it read is "
        "read on at once",
    )
    confirm_seconds: float = setting(
        "STEWARD_CONFIRM_TIMEOUT", 30.0, "How long a publisher waits for its confirm, seconds"
    )
    start_seconds: float = setting(
        "STEWARD_START_WITHIN", 120.0, "How long the services of an embedded platform may take to start, seconds"
    )
    drain_seconds: float = setting("STEWARD_DRAIN", 10.0, "How long work in hand may take at a stop, seconds")
    rpc_seconds: float = setting("STEWARD_RPC_TIMEOUT", 10.0, "How long the gateway waits for a service, seconds")
    rpc_connect_seconds: float = setting(
        "STEWARD_RPC_CONNECT_TIMEOUT", 2.0, "How long the gateway waits for a broker that is away, seconds"
    )
    rpc_heartbeat_seconds: float = setting(
        "STEWARD_RPC_HEARTBEAT",
        10.0,
        "Heartbeat of the connections of calls; one without a sign of life for twice that is lost, seconds",
    )
    sqlite_synchronous: str = setting(
        "STEWARD_SQLITE_SYNCHRONOUS", "FULL", "FULL survives power loss; NORMAL survives only the death of the process"
    )

    sqlite_busy_seconds: float = setting(
        "STEWARD_SQLITE_BUSY_TIMEOUT",
        10.0,
        "How long a write waits for another process on the same SQLite file, seconds",
    )
    sqlite_quick_flush_seconds: float = setting(
        "STEWARD_SQLITE_QUICK_FLUSH",
        0.002,
        "Flushes that take up to this on average are waited for by the whole process, which costs less than a trip to "
        "another thread; 0 never does so, seconds",
    )
    sqlite_group_writes: int = setting("STEWARD_SQLITE_GROUP", 256, "Most writes that share one SQLite commit")
    mongodb_selection_seconds: float = setting(
        "STEWARD_MONGODB_SELECTION_TIMEOUT", 5.0, "How long to look for a MongoDB server, seconds"
    )
    mongodb_connection_seconds: float = setting(
        "STEWARD_MONGODB_CONNECTION_TIMEOUT", 5.0, "How long a connection to MongoDB may take, seconds"
    )
    mongodb_operation_seconds: float = setting(
        "STEWARD_MONGODB_OPERATION_TIMEOUT", 20.0, "How long MongoDB may take to answer, seconds"
    )
    mongodb_connections: int = setting("STEWARD_MONGODB_CONNECTIONS", 50, "Most connections to MongoDB of one process")

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir)

    @property
    def stores(self) -> str:
        """The store URL, defaulting to SQLite files in the data folder."""
        return self.store_url or f"sqlite:///{self.data_path / 'stores'}"

    @property
    def embedded(self) -> bool:
        """Whether the broker lives in this process."""
        return self.broker_url.startswith("embedded:")
