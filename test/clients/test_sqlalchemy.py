"""SQLAlchemy with the types of examples/clients: a table that held plaintext is migrated, another one made protected."""

import datetime
import os
import sys

from tap import done, equal, need, ok

(sqlalchemy, orm, _) = need("sqlalchemy", "sqlalchemy.orm", "psycopg2")
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/clients"))

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, create_engine, func, insert, select, text, update
from sqlalchemy_types import Pii, protect


def engine(role):
    return create_engine(f"postgresql+psycopg2://{role}@/{os.environ['PGDATABASE']}")


owner, webshop, stranger = engine("shop"), engine("webshop"), engine("stranger")

# Before: a table with plaintext
before = MetaData()
plain = Table("reader", before, Column("id", Integer, primary_key=True), Column("email", Text, unique=True), Column("name", Text))
with owner.begin() as connection:
    before.create_all(connection)
    connection.execute(insert(plain), [{"email": f"{i}@sqlalchemy.example", "name": f"Name {i}"} for i in range(50)])

# The migration
with owner.begin() as connection:
    connection.execute(text("SET LOCAL client_min_messages = warning"))
    connection.execute(text("SELECT gdpr.declare_subject('reader', 'id')"))
    protect(connection, "reader", ["order_fulfilment"], {"email": "pii_email", "name": "pii_name"})

# After: the models
Base = orm.declarative_base()


class Reader(Base):
    __tablename__ = "reader"
    id = Column(Integer, primary_key=True)
    email = Column(Pii("email"), unique=True)
    name = Column(Pii("name"))
    loans = orm.relationship("Loan", back_populates="reader")


class Loan(Base):
    __tablename__ = "loan"
    id = Column(Integer, primary_key=True)
    reader_id = Column(ForeignKey("reader.id"), nullable=False, index=True)
    sent_to = Column(Pii("address"))
    born = Column(Pii("birth_date"))
    reader = orm.relationship(Reader, back_populates="loans")


with owner.begin() as connection:
    Base.metadata.create_all(connection)
    protect(connection, "loan", ["order_fulfilment"], owner="reader_id")

with orm.Session(webshop) as session:
    equal(session.scalar(select(func.count()).select_from(Reader)), 50, "the migrated rows are there")
    found = session.scalars(select(Reader).where(Reader.email == "7@SQLAlchemy.example")).one()
    equal((found.email, found.name), ("7@sqlalchemy.example", "Name 7"), "filter by e-mail, and read")

    anne = Reader(email="Anne@sqlalchemy.example", name="Anne Claes",
                  loans=[Loan(sent_to="Kerkstraat 1, 9000 Gent, BE", born=datetime.date(1980, 2, 3))])
    session.add(anne)
    session.commit()
    session.expire_all()
    equal((anne.email, anne.loans[0].sent_to, anne.loans[0].born), ("Anne@sqlalchemy.example", "Kerkstraat 1, 9000 Gent, BE", "1980-02-03"),
          "create, with a row that belongs to the person")
    anne.name = "Anne Peeters"
    session.commit()
    session.expire_all()
    equal(anne.name, "Anne Peeters", "update of an object")
    session.execute(update(Reader).where(Reader.email == "8@sqlalchemy.example").values(name="Jan"))
    session.execute(insert(Reader), [{"email": f"bulk{i}@sqlalchemy.example", "name": f"Name {i}"} for i in range(100)])
    session.bulk_save_objects([Reader(email=f"more{i}@sqlalchemy.example") for i in range(10)])
    session.commit()
    equal(session.scalars(select(Reader.name).where(Reader.email.in_(["8@sqlalchemy.example", "BULK99@sqlalchemy.example"])).order_by(Reader.id)).all(),
          ["Jan", "Name 99"], "update by e-mail, bulk insert, filter by a list")
    equal(session.scalar(select(func.count()).select_from(Reader)), 161, "all are there")
    equal(session.scalar(select(func.count()).select_from(Reader).where(sqlalchemy.cast(Reader.email, Text).like("more%"))), 10, "LIKE over a cast")
    session.add(Reader(email="ANNE@sqlalchemy.example"))
    try:
        session.commit()
        ok(False, "refused: the address is there already")
    except sqlalchemy.exc.IntegrityError as error:
        equal(error.orig.pgcode, "23505", "refused: the address is there already")

with create_engine(f"postgresql+psycopg2://postgres@/{os.environ['PGDATABASE']}").connect() as connection:
    equal(sum(email.startswith("gdpr1:") for (email,) in connection.execute(text("SELECT email FROM reader"))), 161, "stored sealed")

with orm.Session(stranger) as session:
    try:
        session.scalars(select(Reader.email)).all()
        ok(False, "refused: ZG002")
    except sqlalchemy.exc.DBAPIError as error:
        equal(error.orig.pgcode, "ZG002", "refused: ZG002, purpose not granted")

done()
