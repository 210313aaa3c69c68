"""Who may sign in to the review pages: name, role, hash of the password."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, insert, select, update

from pipeline.store import schema
from pipeline.store.engine import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`role` is `reviewer` or `lead`; `password` is a hash as `web.security.hash_password` makes it."""

    name: str
    role: str
    password: str


class People:
    """The people of one workspace. Names are compared without regard to case, so that no two look alike."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def all(self) -> list[Person]:
        table = schema.people.c
        with reading(self.engine) as connection:
            rows = connection.execute(select(table.name, table.role, table.password).order_by(table.name))
            return [Person(name=row.name, role=row.role, password=row.password) for row in rows]

    def get(self, name: str) -> Person | None:
        table = schema.people.c
        with reading(self.engine) as connection:
            row = connection.execute(
                select(table.name, table.role, table.password).where(func.lower(table.name) == name.lower())
            ).first()
            return None if row is None else Person(name=row.name, role=row.role, password=row.password)

    def put(self, person: Person) -> None:
        """Adds a person or replaces role and password of the one with that name."""
        table = schema.people
        values = {"role": person.role, "password": person.password}
        with writing(self.engine) as connection:
            done = connection.execute(
                update(table).where(func.lower(table.c.name) == person.name.lower()).values(values)
            )
            if done.rowcount == 0:
                at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
                connection.execute(insert(table).values(name=person.name, added_at=at, **values))

    def remove(self, name: str) -> bool:
        """Whether there was such a person. Decisions of a person stay."""
        table = schema.people
        with writing(self.engine) as connection:
            return connection.execute(delete(table).where(func.lower(table.c.name) == name.lower())).rowcount > 0
