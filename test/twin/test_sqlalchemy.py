"""SQLAlchemy with ordinary types, on the plaintext schema and on the protected one."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))
from tap import need

need("sqlalchemy", "psycopg2")

import datetime

from frameworks import answer, compare
from sqlalchemy import Column, Date, ForeignKey, Integer, Numeric, String, Text, case, cast, create_engine, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    first_name = Column(Text)
    last_name = Column(Text)
    email = Column(String(200), unique=True)
    phone = Column(String(40))
    born = Column(Date)
    note = Column(Text)
    city = Column(Text)
    orders = relationship("Order", back_populates="customer", order_by="Order.id")

    @hybrid_property
    def full_name(self):
        return self.first_name + " " + self.last_name


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customer.id"))
    total = Column(Numeric)
    ship_to = Column(Text)
    customer = relationship(Customer, back_populates="orders")


class Ticket(Base):
    __tablename__ = "ticket"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customer.id"))
    ip = Column(INET)
    body = Column(Text)
    meta = Column(JSONB)


def rows(session, statement):
    return [list(row) for row in session.execute(statement)]


def order(session):
    """order_by, nulls_last, limit, offset"""
    return rows(session, select(Customer.id, Customer.note).order_by(Customer.note.desc().nulls_last(), Customer.last_name, Customer.id).limit(9).offset(3))


def patterns(session):
    """ilike, contains, startswith, regexp_match, in_, between"""
    return rows(session, select(Customer.id).where(or_(Customer.last_name.ilike("%SMET%"), Customer.email.contains("user1", autoescape=True),
                                                       Customer.phone.startswith("+3247000003"), Customer.first_name.regexp_match("^Z"))).order_by(Customer.email)), \
        rows(session, select(func.count()).where(Customer.last_name.in_(["Maes", "Peeters"]), Customer.born.between(datetime.date(1960, 1, 1), datetime.date(1990, 1, 1))))


def lowered(session):
    """func.lower(email) =="""
    return rows(session, select(Customer.id).where(func.lower(Customer.email) == "USER7@mail.example".lower()))


def aggregate(session):
    """group_by, having, func.max, func.string_agg, extract"""
    return rows(session, select(Customer.last_name, func.count(), func.max(Customer.born)).group_by(Customer.last_name)
                .having(func.max(Customer.born) > datetime.date(2001, 1, 1)).order_by(func.count().desc(), Customer.last_name)), \
        rows(session, select(func.string_agg(Customer.first_name, literal(", "))).where(Customer.id == 7)), \
        rows(session, select(func.extract("year", Customer.born), func.count()).group_by(func.extract("year", Customer.born)).order_by(func.extract("year", Customer.born)).limit(5))


def window(session):
    """row_number().over(), rank().over()"""
    return rows(session, select(Customer.id, func.row_number().over(partition_by=Customer.last_name, order_by=Customer.born.desc()),
                                func.rank().over(order_by=Customer.last_name)).order_by(Customer.id).limit(8))


def hybrid(session):
    """a hybrid property, selected, filtered and ordered"""
    return rows(session, select(Customer.id, Customer.full_name).where(Customer.full_name.like("An %")).order_by(Customer.full_name, Customer.id))


def cases(session):
    """case, coalesce, concat, literal"""
    return rows(session, select(Customer.id, case((Customer.last_name == "Maes", "m"), else_=Customer.first_name), func.coalesce(Customer.note, "none"),
                                func.concat(Customer.last_name, ", ", Customer.first_name)).where(Customer.id < 8).order_by(Customer.id))


def keyset(session):
    """pages by keyset, with tuple_()"""
    seen, last = [], ("", 0)
    while True:
        page = rows(session, select(Customer.last_name, Customer.id).where(tuple_(Customer.last_name, Customer.id) > last)
                    .order_by(Customer.last_name, Customer.id).limit(13))
        if not page:
            return seen
        seen += [number for _, number in page]
        last = tuple(page[-1])


def loaded(session):
    """joinedload, selectinload"""
    joined = session.scalars(select(Customer).options(joinedload(Customer.orders)).where(Customer.last_name == "Maes").order_by(Customer.first_name, Customer.id)).unique()
    result = [(c.id, [o.ship_to for o in c.orders]) for c in joined]
    session.expire_all()
    later = session.scalars(select(Customer).options(selectinload(Customer.orders)).where(Customer.email.like("user1%")).order_by(Customer.email))
    return result, [(c.email, len(c.orders)) for c in later]


def documents(session):
    """JSONB subscripts, contains, a JSON response from the database"""
    return rows(session, select(Ticket.id, Ticket.meta["by"]["name"].astext).where(Ticket.meta["tries"].as_integer() > 2).order_by(Ticket.id).limit(4)), \
        rows(session, select(func.count()).where(Ticket.meta.contains({"channel": "mail"}))), \
        rows(session, select(func.json_agg(func.json_build_object("id", Customer.id, "name", Customer.last_name))).where(Customer.id == 4)), \
        rows(session, select(cast(Ticket.meta, JSONB)).order_by(Ticket.id).limit(2))


def union(session):
    """union_all, cte, exists"""
    names = select(Customer.last_name.label("name")).where(Customer.city == "Gent").union_all(select(literal("x"))).cte()
    return rows(session, select(names.c.name, func.count()).group_by(names.c.name).order_by(names.c.name)), \
        rows(session, select(Customer.id).where(Customer.orders.any(Order.ship_to.ilike("%straat 12,%"))))


def unit_of_work(session):
    """add, change, flush, refresh"""
    anne = Customer(id=2001, first_name="Anne", last_name="Claes", email="anne@post.example", born=datetime.date(1980, 2, 3),
                    orders=[Order(id=2001, total=5, ship_to="Kerkstraat 1, 9000 Gent, BE")])
    session.add(anne)
    session.flush()
    anne.last_name = "Peeters"
    session.flush()
    session.expire_all()
    return anne.full_name, anne.born, anne.note, [o.ship_to for o in anne.orders], session.get(Customer, 7).last_name


def bulk(session):
    """bulk inserts, updates with expressions, returning, upsert"""
    session.execute(insert(Customer), [{"id": 3000 + n, "first_name": "Bulk", "last_name": f"Last {n % 3}", "email": f"bulk{n}@post.example"} for n in range(40)])
    session.execute(update(Customer).where(Customer.last_name == "Last 1").values(note=func.upper(Customer.last_name)).execution_options(synchronize_session=False))
    statement = upsert(Customer).values(id=4000, first_name="A", last_name="New", email="bulk7@post.example")
    upserted = rows(session, statement.on_conflict_do_update(index_elements=["email"], set_={"last_name": statement.excluded.last_name})
                    .returning(Customer.id, Customer.last_name))
    return upserted, rows(session, select(Customer.note, func.count()).where(Customer.id >= 3000).group_by(Customer.note).order_by(Customer.note))


def again(session):
    """somebody who is there already"""
    session.execute(insert(Customer).values(id=2001, first_name="Anne", email="user7@mail.example"))


def streamed(session):
    """yield_per"""
    return [c.id for c in session.scalars(select(Customer).order_by(Customer.last_name, Customer.id).execution_options(yield_per=10))]


engines = {schema: create_engine(f"postgresql+psycopg2://twin_app@/{os.environ['PGDATABASE']}", connect_args={"options": f"-c search_path={schema}"})
           for schema in ("plain", "app")}


def run(action, schema):
    with Session(engines[schema]) as session:
        return answer(action, session, lambda error: error.orig.pgcode, DBAPIError)


compare([order, patterns, lowered, aggregate, window, hybrid, cases, keyset, loaded, documents, union, unit_of_work, bulk, again, streamed], run)
