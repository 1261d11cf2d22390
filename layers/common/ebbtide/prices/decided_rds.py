"""What relational databases cost while they idle."""

from __future__ import annotations

from ebbtide.prices.decision import Decision, Part, Priced, Unknown, Value

_STOPPED = {"status": ("stopped", "stopping", "deleting")}
_AURORA = ("aurora-mysql", "aurora-postgresql")
_LICENSED = ("oracle-ee", "oracle-se2", "db2-se", "db2-ae")
_SOLD = (
    "postgres",
    "mysql",
    "mariadb",
    *_AURORA,
    *_LICENSED,
    "sqlserver-ex",
    "sqlserver-web",
    "sqlserver-se",
    "sqlserver-ee",
)
_ENGINE = Value("engine", {name: name for name in _SOLD})
_STANDBY = Value("multi_az", {"true": "multi-az", "false": "single-az"})
_STORAGE_TYPE = Value("storage_type")
# gp3 includes this much; from 400 GiB on (Oracle: 200 GiB) RDS stripes over four volumes. See
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage.
_STRIPED = {
    "many_iops": Value("allocated_storage", steps=((0, 3000), (400, 12000))),
    "much_throughput": Value("allocated_storage", steps=((0, 125), (400, 500))),
    "oracle_iops": Value("allocated_storage", steps=((0, 3000), (200, 12000))),
    "oracle_throughput": Value("allocated_storage", steps=((0, 125), (200, 500))),
}
_ORACLE = ("oracle-ee", "oracle-se2")
_SQL_SERVER = ("sqlserver-ex", "sqlserver-web", "sqlserver-se", "sqlserver-ee")
_OPEN = ("postgres", "mysql", "mariadb", "db2-se", "db2-ae")
_SIZE_UNKNOWN = "the size of its storage is not in AWS's answer"


def _gp3(what: str, of: str, quantity: str) -> tuple[Part, ...]:
    """Return what bills above that which gp3 includes, by engine; see the cluster for members."""
    rate, alone = f"rds.{of}/gp3/{{standby}}", {"clustered": ("no",), "storage": ("gp3",)}
    free = {
        "iops": ("many_iops", "oracle_iops", 3000),
        "throughput": ("much_throughput", "oracle_throughput", 125),
    }
    striped, oracle, plain = free[of]
    return tuple(
        Part(what, rate, (quantity,), above=above, when={**alone, "engine": engines})
        for above, engines in ((striped, _OPEN), (oracle, _ORACLE), (plain, _SQL_SERVER))
    )


def _clustered(service: str, what: str) -> Priced:
    return Priced(
        {
            "type": Value("db_instance_class"),
            "mode": Value(
                "storage_type",
                {"iopt1": "io-optimized", "aurora-iopt1": "io-optimized", "*": "standard"},
                missing="standard",
            ),
            "status": Value("db_instance_status"),
        },
        (
            Part(
                "the hours of the instance",
                f"{service}.instance/{{mode}}/{{type}}",
                hourly=True,
                unless=_STOPPED,
            ),
        ),
        left_out=f"storage, input and output, and backups of the cluster{what}",
        unknown_if={"db_instance_class == 'db.serverless'": "it is serverless"},
    )


RDS: dict[str, Decision] = {
    "aws_rds_instance": Priced(
        {
            "engine": _ENGINE,
            "license": Value("license_model"),
            "standby": _STANDBY,
            "type": Value("db_instance_class"),
            "status": Value("db_instance_status"),
            "storage": _STORAGE_TYPE,
            "mode": Value("storage_type == 'aurora-iopt1' && 'io-optimized' || 'single-az'"),
            "capacity_mode": Value(
                "storage_type == 'aurora-iopt1' && 'io-optimized' || 'standard'"
            ),
            "clustered": Value("db_cluster_identifier && 'yes' || 'no'"),
            "serverless": Value("db_instance_class == 'db.serverless' && 'yes' || 'no'"),
            "size": Value("allocated_storage"),
            "iops": Value("iops"),
            "throughput": Value("storage_throughput"),
            "capacity": Value(
                "serverless_v2_scaling_configuration.min_capacity",
                of="aws_rds_cluster",
                by="db_cluster_identifier",
            ),
            **_STRIPED,
        },
        (
            Part(
                "the hours of the instance, twice if it has a standby",
                "rds.instance/{engine}/{standby}/{type}",
                hourly=True,
                when={"clustered": ("no",)},
                unless={**_STOPPED, "engine": (*_AURORA, *_LICENSED)},
            ),
            Part(
                "the hours of the instance with its license",
                "rds.instance/{engine}-{license}/{standby}/{type}",
                hourly=True,
                when={"engine": _LICENSED},
                unless=_STOPPED,
            ),
            Part(
                "the hours of an instance of Aurora",
                "rds.instance/{engine}/{mode}/{type}",
                hourly=True,
                when={"engine": _AURORA, "serverless": ("no",)},
                unless=_STOPPED,
            ),
            Part(
                "the least capacity of a serverless instance of Aurora",
                "rds.acu/{engine}/{capacity_mode}",
                ("capacity",),
                hourly=True,
                when={"engine": _AURORA, "serverless": ("yes",)},
                unless=_STOPPED,
            ),
            Part(
                "storage",
                "rds.storage/{storage}/{standby}",
                ("size",),
                when={"clustered": ("no",)},
            ),
            Part(
                "IOPS",
                "rds.iops/{storage}/{standby}",
                ("iops",),
                when={"clustered": ("no",), "storage": ("io1", "io2")},
            ),
            *_gp3("IOPS of gp3 beyond those included", "iops", "iops"),
            *_gp3("throughput of gp3 beyond that included", "throughput", "throughput"),
        ),
        left_out=(
            "storage of Aurora and of Multi-AZ clusters (see the cluster), backups, extended "
            "support, performance insights, input and output of magnetic storage"
        ),
        unknown_if={
            "additional_storage_volumes[0]": "it has additional volumes",
            "dedicated_log_volume": "it has a volume for its logs",
            "processor_features[0]": "its processors are not those of its class",
        },
    ),
    "aws_rds_cluster": Priced(
        {
            "engine": Value("engine", {name: name for name in ("postgres", "mysql")}),
            "type": Value("db_cluster_instance_class"),
            "status": Value("status"),
            "storage": Value("storage_type"),
            "size": Value("allocated_storage"),
            "iops": Value("iops"),
            "throughput": Value("storage_throughput"),
            **{name: _STRIPED[name] for name in ("many_iops", "much_throughput")},
        },
        (
            Part(
                "the hours of the three instances of a Multi-AZ cluster",
                "rds.instance/{engine}/cluster/{type}",
                hourly=True,
                unless=_STOPPED,
            ),
            Part("its storage", "rds.storage/{storage}/cluster", ("size",)),
            Part(
                "its IOPS",
                "rds.iops/{storage}/cluster",
                ("iops",),
                when={"storage": ("io1", "io2")},
            ),
            Part(
                "IOPS of gp3 beyond those included",
                "rds.iops/gp3/cluster",
                ("iops",),
                above="many_iops",
                when={"storage": ("gp3",)},
            ),
            Part(
                "throughput of gp3 beyond that included",
                "rds.throughput/gp3/cluster",
                ("throughput",),
                above="much_throughput",
                when={"storage": ("gp3",)},
            ),
        ),
        left_out="backups, extended support; instances of Aurora are other resources",
        unknown_if={
            "starts_with(engine || '', 'aurora')": _SIZE_UNKNOWN,
            "engine == 'docdb' || engine == 'neptune'": _SIZE_UNKNOWN,
        },
    ),
    "aws_docdb_instance": _clustered("docdb", ""),
    "aws_docdb_cluster": Unknown(_SIZE_UNKNOWN),
    "aws_neptune_instance": _clustered("neptune", ""),
    "aws_neptune_cluster": Unknown(_SIZE_UNKNOWN),
    "aws_rds_proxy": Unknown("it bills by the CPUs of its database"),
}
