"""What the operator does by hand when the hall's data are in PostgreSQL: a database server has its own way of backups."""

from __future__ import annotations

from traitlets.config import Config


def hall_database(config: Config) -> str:
    """The address of the hall's database server without its password; "" when the hall keeps a file in the data folder.

    Read from ``c.HallApp.data``. Raises TrainerError for an address that cannot be understood.
    """
    data = str(config.HallApp.get("data", ""))
    if "://" not in data:
        return ""
    from trainer.hall.database import address

    url = address(data)
    if url.get_backend_name() != "postgresql":
        return ""
    return url._replace(drivername="postgresql", password=None).render_as_string()


def how_to_dump(database: str) -> list[str]:
    """Lines for the operator after a backup."""
    return [
        f"注意：考场的数据（试卷、答卷、回执）在 PostgreSQL 里（{database}），不在这份备份里。请接着运行：",
        f"  pg_dump --format=custom --file=hall.dump --dbname='{database}'",
        "密码写在 ~/.pgpass 里，或放进环境变量 PGPASSWORD。先做 trainer backup，后做 pg_dump；两个文件放在一起保存。",
    ]


def how_to_load(database: str) -> list[str]:
    """Lines for the operator after a restore."""
    return [
        f"注意：做备份时考场的数据在 PostgreSQL 里（{database}），不在这份备份里。请用 pg_dump 做的文件恢复它：",
        f"  pg_restore --clean --if-exists --no-owner --dbname='{database}' hall.dump",
    ]
