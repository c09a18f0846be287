"""Companies and employees

Revision: 4b7d1c0e92a5
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "4b7d1c0e92a5"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql"),
            server_default=sa.func.utcnow(),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql"),
            server_default=sa.func.utcnow(),
            nullable=False,
        ),
        sa.Column("version_id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("name", name=op.f("uq_companies_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "employees",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=64), server_default="engineer", nullable=False),
        sa.Column("weekly_hours", sa.Integer(), server_default=sa.text("40"), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql"),
            server_default=sa.func.utcnow(),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql"),
            server_default=sa.func.utcnow(),
            nullable=False,
        ),
        sa.CheckConstraint("weekly_hours > 0", name=op.f("ck_employees_hours_positive")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_employees_company_id_companies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employees")),
        sa.UniqueConstraint("email", name=op.f("uq_employees_email")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("employees") as batch_op:
        batch_op.create_index(batch_op.f("ix_employees_company_id"), ["company_id"])


def downgrade() -> None:
    op.drop_table("employees")
    op.drop_table("companies")
