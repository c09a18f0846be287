"""Idempotency records of run_transaction

Revision: 8e5f60d2c3b1
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "8e5f60d2c3b1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_records",
        sa.Column(
            "key",
            sa.String(length=64).with_variant(
                mysql.VARCHAR(charset="ascii", collation="ascii_bin", length=64), "mariadb", "mysql"
            ),
            nullable=False,
        ),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("confirmations", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql"),
            server_default=sa.func.utcnow(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_records")),
    )
    with op.batch_alter_table("idempotency_records") as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_records_created_at"), ["created_at"])


def downgrade() -> None:
    op.drop_table("idempotency_records")
