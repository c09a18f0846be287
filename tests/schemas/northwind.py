"""Northwind, a wholesaler: Microsoft's sample for SQL Server, with the names that it has there.

https://learn.microsoft.com/dotnet/framework/data/adonet/sql/linq/downloading-sample-databases
"""
# mypy: disable-error-code="import-not-found, misc"

from datetime import datetime
from decimal import Decimal

from my_project.db.base import Base
from sqlalchemy import CHAR, REAL, CheckConstraint, ForeignKey, Numeric, SmallInteger, String, Text, column, false, text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeEngine

MONEY = Numeric(19, 4)
# REAL is DOUBLE to MySQL, and `check` would see another type there
SINGLE: TypeEngine[float] = REAL().with_variant(mysql.FLOAT(), "mysql", "mariadb")


class Category(Base):
    __tablename__ = "Categories"

    category_id: Mapped[int] = mapped_column("CategoryID", primary_key=True, init=False)
    category_name: Mapped[str] = mapped_column("CategoryName", String(15), index=True)
    description: Mapped[str | None] = mapped_column("Description", Text(), default=None)
    picture: Mapped[bytes | None] = mapped_column("Picture", default=None)


class CustomerDemographic(Base):
    __tablename__ = "CustomerDemographics"

    customer_type_id: Mapped[str] = mapped_column("CustomerTypeID", CHAR(10), primary_key=True)
    customer_desc: Mapped[str | None] = mapped_column("CustomerDesc", Text(), default=None)


class Customer(Base):
    __tablename__ = "Customers"

    customer_id: Mapped[str] = mapped_column("CustomerID", CHAR(5), primary_key=True)
    company_name: Mapped[str] = mapped_column("CompanyName", String(40), index=True)
    contact_name: Mapped[str | None] = mapped_column("ContactName", String(30), default=None)
    contact_title: Mapped[str | None] = mapped_column("ContactTitle", String(30), default=None)
    address: Mapped[str | None] = mapped_column("Address", String(60), default=None)
    city: Mapped[str | None] = mapped_column("City", String(15), index=True, default=None)
    region: Mapped[str | None] = mapped_column("Region", String(15), index=True, default=None)
    postal_code: Mapped[str | None] = mapped_column("PostalCode", String(10), index=True, default=None)
    country: Mapped[str | None] = mapped_column("Country", String(15), default=None)
    phone: Mapped[str | None] = mapped_column("Phone", String(24), default=None)
    fax: Mapped[str | None] = mapped_column("Fax", String(24), default=None)

    demographics: Mapped[list[CustomerDemographic]] = relationship(
        secondary="CustomerCustomerDemo", lazy="raise_on_sql", init=False
    )


class CustomerCustomerDemo(Base):
    __tablename__ = "CustomerCustomerDemo"

    customer_id: Mapped[str] = mapped_column(
        "CustomerID", CHAR(5), ForeignKey("Customers.CustomerID"), primary_key=True
    )
    customer_type_id: Mapped[str] = mapped_column(
        "CustomerTypeID", CHAR(10), ForeignKey("CustomerDemographics.CustomerTypeID"), primary_key=True
    )


class Employee(Base):
    __tablename__ = "Employees"

    employee_id: Mapped[int] = mapped_column("EmployeeID", primary_key=True, init=False)
    last_name: Mapped[str] = mapped_column("LastName", String(20), index=True)
    first_name: Mapped[str] = mapped_column("FirstName", String(10))
    title: Mapped[str | None] = mapped_column("Title", String(30), default=None)
    title_of_courtesy: Mapped[str | None] = mapped_column("TitleOfCourtesy", String(25), default=None)
    birth_date: Mapped[datetime | None] = mapped_column("BirthDate", default=None)
    hire_date: Mapped[datetime | None] = mapped_column("HireDate", default=None)
    address: Mapped[str | None] = mapped_column("Address", String(60), default=None)
    city: Mapped[str | None] = mapped_column("City", String(15), default=None)
    region: Mapped[str | None] = mapped_column("Region", String(15), default=None)
    postal_code: Mapped[str | None] = mapped_column("PostalCode", String(10), index=True, default=None)
    country: Mapped[str | None] = mapped_column("Country", String(15), default=None)
    home_phone: Mapped[str | None] = mapped_column("HomePhone", String(24), default=None)
    extension: Mapped[str | None] = mapped_column("Extension", String(4), default=None)
    photo: Mapped[bytes | None] = mapped_column("Photo", default=None, deferred=True, repr=False)
    notes: Mapped[str | None] = mapped_column("Notes", Text(), default=None)
    reports_to: Mapped[int | None] = mapped_column("ReportsTo", ForeignKey("Employees.EmployeeID"), default=None)
    photo_path: Mapped[str | None] = mapped_column("PhotoPath", default=None)

    manager: Mapped["Employee | None"] = relationship(remote_side=[employee_id], lazy="raise_on_sql", init=False)
    territories: Mapped[list["Territory"]] = relationship(
        secondary="EmployeeTerritories", lazy="raise_on_sql", init=False
    )


class Region(Base):
    __tablename__ = "Region"

    region_id: Mapped[int] = mapped_column("RegionID", primary_key=True, autoincrement=False)
    region_description: Mapped[str] = mapped_column("RegionDescription", CHAR(50))


class Territory(Base):
    __tablename__ = "Territories"

    territory_id: Mapped[str] = mapped_column("TerritoryID", String(20), primary_key=True)
    territory_description: Mapped[str] = mapped_column("TerritoryDescription", CHAR(50))
    region_id: Mapped[int] = mapped_column("RegionID", ForeignKey("Region.RegionID"))


class EmployeeTerritory(Base):
    __tablename__ = "EmployeeTerritories"

    employee_id: Mapped[int] = mapped_column("EmployeeID", ForeignKey("Employees.EmployeeID"), primary_key=True)
    territory_id: Mapped[str] = mapped_column(
        "TerritoryID", String(20), ForeignKey("Territories.TerritoryID"), primary_key=True
    )


class Shipper(Base):
    __tablename__ = "Shippers"

    shipper_id: Mapped[int] = mapped_column("ShipperID", primary_key=True, init=False)
    company_name: Mapped[str] = mapped_column("CompanyName", String(40))
    phone: Mapped[str | None] = mapped_column("Phone", String(24), default=None)


class Supplier(Base):
    __tablename__ = "Suppliers"

    supplier_id: Mapped[int] = mapped_column("SupplierID", primary_key=True, init=False)
    company_name: Mapped[str] = mapped_column("CompanyName", String(40), index=True)
    contact_name: Mapped[str | None] = mapped_column("ContactName", String(30), default=None)
    contact_title: Mapped[str | None] = mapped_column("ContactTitle", String(30), default=None)
    address: Mapped[str | None] = mapped_column("Address", String(60), default=None)
    city: Mapped[str | None] = mapped_column("City", String(15), default=None)
    region: Mapped[str | None] = mapped_column("Region", String(15), default=None)
    postal_code: Mapped[str | None] = mapped_column("PostalCode", String(10), index=True, default=None)
    country: Mapped[str | None] = mapped_column("Country", String(15), default=None)
    phone: Mapped[str | None] = mapped_column("Phone", String(24), default=None)
    fax: Mapped[str | None] = mapped_column("Fax", String(24), default=None)
    home_page: Mapped[str | None] = mapped_column("HomePage", Text(), default=None)


class Order(Base):
    __tablename__ = "Orders"

    order_id: Mapped[int] = mapped_column("OrderID", primary_key=True, init=False)
    customer_id: Mapped[str | None] = mapped_column(
        "CustomerID", CHAR(5), ForeignKey("Customers.CustomerID"), index=True, default=None
    )
    employee_id: Mapped[int | None] = mapped_column(
        "EmployeeID", ForeignKey("Employees.EmployeeID"), index=True, default=None
    )
    order_date: Mapped[datetime | None] = mapped_column("OrderDate", index=True, default=None)
    required_date: Mapped[datetime | None] = mapped_column("RequiredDate", default=None)
    shipped_date: Mapped[datetime | None] = mapped_column("ShippedDate", index=True, default=None)
    ship_via: Mapped[int | None] = mapped_column("ShipVia", ForeignKey("Shippers.ShipperID"), index=True, default=None)
    freight: Mapped[Decimal | None] = mapped_column("Freight", MONEY, default=Decimal(0), server_default=text("0"))
    ship_name: Mapped[str | None] = mapped_column("ShipName", String(40), default=None)
    ship_address: Mapped[str | None] = mapped_column("ShipAddress", String(60), default=None)
    ship_city: Mapped[str | None] = mapped_column("ShipCity", String(15), default=None)
    ship_region: Mapped[str | None] = mapped_column("ShipRegion", String(15), default=None)
    ship_postal_code: Mapped[str | None] = mapped_column("ShipPostalCode", String(10), index=True, default=None)
    ship_country: Mapped[str | None] = mapped_column("ShipCountry", String(15), default=None)

    customer: Mapped[Customer | None] = relationship(lazy="raise_on_sql", init=False)
    employee: Mapped[Employee | None] = relationship(lazy="raise_on_sql", init=False)
    shipper: Mapped[Shipper | None] = relationship(lazy="raise_on_sql", init=False)
    details: Mapped[list["OrderDetail"]] = relationship(
        back_populates="order", cascade="all, delete-orphan", lazy="selectin", init=False
    )


class Product(Base):
    __tablename__ = "Products"
    __table_args__ = (
        CheckConstraint(column("UnitPrice") >= 0, name="UnitPrice"),
        CheckConstraint(column("ReorderLevel") >= 0, name="ReorderLevel"),
        CheckConstraint(column("UnitsInStock") >= 0, name="UnitsInStock"),
        CheckConstraint(column("UnitsOnOrder") >= 0, name="UnitsOnOrder"),
    )

    product_id: Mapped[int] = mapped_column("ProductID", primary_key=True, init=False)
    product_name: Mapped[str] = mapped_column("ProductName", String(40), index=True)
    supplier_id: Mapped[int | None] = mapped_column(
        "SupplierID", ForeignKey("Suppliers.SupplierID"), index=True, default=None
    )
    category_id: Mapped[int | None] = mapped_column(
        "CategoryID", ForeignKey("Categories.CategoryID"), index=True, default=None
    )
    quantity_per_unit: Mapped[str | None] = mapped_column("QuantityPerUnit", String(20), default=None)
    unit_price: Mapped[Decimal | None] = mapped_column("UnitPrice", MONEY, default=Decimal(0), server_default=text("0"))
    units_in_stock: Mapped[int | None] = mapped_column(
        "UnitsInStock", SmallInteger(), default=0, server_default=text("0")
    )
    units_on_order: Mapped[int | None] = mapped_column(
        "UnitsOnOrder", SmallInteger(), default=0, server_default=text("0")
    )
    reorder_level: Mapped[int | None] = mapped_column(
        "ReorderLevel", SmallInteger(), default=0, server_default=text("0")
    )
    discontinued: Mapped[bool] = mapped_column("Discontinued", default=False, server_default=false())

    supplier: Mapped[Supplier | None] = relationship(lazy="raise_on_sql", init=False)
    category: Mapped[Category | None] = relationship(lazy="raise_on_sql", init=False)


class OrderDetail(Base):
    __tablename__ = "Order Details"
    __table_args__ = (
        CheckConstraint(column("Discount").between(0, 1), name="Discount"),
        CheckConstraint(column("Quantity") > 0, name="Quantity"),
        CheckConstraint(column("UnitPrice") >= 0, name="UnitPrice"),
    )

    order_id: Mapped[int] = mapped_column(
        "OrderID", ForeignKey("Orders.OrderID"), primary_key=True, index=True, init=False
    )
    product_id: Mapped[int] = mapped_column("ProductID", ForeignKey("Products.ProductID"), primary_key=True, index=True)
    unit_price: Mapped[Decimal] = mapped_column("UnitPrice", MONEY, default=Decimal(0), server_default=text("0"))
    quantity: Mapped[int] = mapped_column("Quantity", SmallInteger(), default=1, server_default=text("1"))
    discount: Mapped[float] = mapped_column("Discount", SINGLE, default=0, server_default=text("0"))

    order: Mapped[Order] = relationship(back_populates="details", lazy="raise_on_sql", init=False)
    product: Mapped[Product] = relationship(lazy="raise_on_sql", init=False)
