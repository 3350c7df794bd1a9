"""`make migration NAME=reach_of_mentions`: the next revision, from what changed in the tables.

A database made by the migrations there are is compared with the tables; what differs becomes
``versions/NNNN_name.py``, and ``HEAD`` the new number. Read what was written: a rename looks like a
column dropped and another added, and a column that may not be null needs a value for old rows.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from alembic.autogenerate import produce_migrations, render_python_code  # noqa: E402
from alembic.migration import MigrationContext  # noqa: E402
from alembic.operations import ops  # noqa: E402
from sqlalchemy import DefaultClause, TypeDecorator, text  # noqa: E402

from monitor.store import tables  # noqa: E402
from monitor.store.engine import Database  # noqa: E402
from monitor.store.schema import HEAD, MIGRATIONS, migrate  # noqa: E402
from monitor.store.tables.base import Base  # noqa: E402

SCHEMA = ROOT / "monitor" / "store" / "schema.py"

TEMPLATE = '''"""{title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    """{title}."""
{upgrade}


def downgrade() -> None:
    """As it was before."""
{downgrade}
'''


def differences() -> ops.MigrationScript:
    """What the tables have and the migrations do not."""
    for module in iter_modules(tables.__path__):
        import_module(f"{tables.__name__}.{module.name}")
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/migrated.db")
        with db.write() as tx:
            migrate(tx.connection())
            options = {"compare_type": True}
            context = MigrationContext.configure(tx.connection(), opts=options)
            found = produce_migrations(context, Base.metadata)
        db.close()
    return found


def write(name: str, script: ops.MigrationScript) -> Path:
    """Write the revision and make its number the newest one."""
    number = f"{int(HEAD) + 1:04}"
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    path = MIGRATIONS / "versions" / f"{number}_{name}.py"
    path.write_text(
        TEMPLATE.format(
            title=name.replace("_", " ").capitalize(),
            number=number,
            before=HEAD,
            upgrade=_code(script.upgrade_ops),
            downgrade=_code(script.downgrade_ops),
        )
    )
    SCHEMA.write_text(SCHEMA.read_text().replace(f'HEAD = "{HEAD}"', f'HEAD = "{number}"'))
    return path


def fill_old_rows(script: ops.MigrationScript) -> list[str]:
    """Give new columns that may not be null the table's own default for the rows there are. Which
    columns have none."""
    assert script.upgrade_ops is not None
    left = []
    for group in script.upgrade_ops.ops:
        for op in getattr(group, "ops", [group]):
            if not isinstance(op, ops.AddColumnOp) or op.column.nullable:
                continue
            default = getattr(op.column.default, "arg", None)
            if isinstance(default, str | bool | int | float):
                op.column.server_default = DefaultClause(text(_literal(default)))
            elif op.column.server_default is None:
                left.append(f"{op.table_name}.{op.column.name}")
    return left


def _literal(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if not isinstance(value, str) else "'" + value.replace("'", "''") + "'"


def _code(operations: ops.UpgradeOps | ops.DowngradeOps) -> str:
    code = render_python_code(operations, render_as_batch=True, render_item=_type)
    lines = [line for line in code.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(line if line.startswith("    ") else f"    {line}" for line in lines)


def _type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A type of ours as what it is in a database: migrations outlive the code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def main(name: str) -> int:
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", name):
        print("make migration NAME=what_it_is_for (small letters and underscores)")
        return 1
    script = differences()
    assert script.upgrade_ops is not None
    if script.upgrade_ops.is_empty():
        print("the tables are what the migrations make; change them in monitor/store/tables first")
        return 1
    left = fill_old_rows(script)
    path = write(name, script)
    subprocess.run([Path(sys.executable).with_name("ruff"), "format", "-q", path], check=True)
    print(f"{path.relative_to(ROOT)} is written, and HEAD raised; read it.")
    for column in left:
        print(f"{column} may not be null: give it a server_default, or fill it for old rows.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
