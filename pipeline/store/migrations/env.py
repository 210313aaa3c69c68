"""Runs the migrations over the connection that `pipeline.store.engine.migrate` hands in."""

from alembic import context

from pipeline.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
