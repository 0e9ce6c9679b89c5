"""Create Dagster's database as the host's identity, unless it exists.

Belongs here: that one statement, before a program of the host starts (start.sh).
Not here: its tables, which Dagster creates, and the server (modules/dagster_host.bicep).

A database that Azure creates belongs to the platform's own superuser, and since PostgreSQL 15 only
the owner may create tables in a database's schema `public`. So the identity, an administrator of
the server, creates the database and owns it.
"""

import os
from collections.abc import Mapping

import psycopg2
from azure.identity import DefaultAzureCredential
from psycopg2 import errors, sql

_POSTGRES = "https://ossrdbms-aad.database.windows.net/.default"


def create_database(environ: Mapping[str, str], token: str) -> bool:
    """Create the database that dagster.yaml names; False if it exists already.

    Raises:
        psycopg2.OperationalError: the server cannot be reached or does not accept the token.
    """
    name = environ["DAGSTER_POSTGRES_DB"]
    connection = psycopg2.connect(
        host=environ["DAGSTER_POSTGRES_HOST"],
        user=environ["DAGSTER_POSTGRES_USER"],
        password=token,
        dbname="postgres",
        sslmode="require",
    )
    try:
        connection.autocommit = True  # CREATE DATABASE cannot run in a transaction.
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", [name])
            if cursor.fetchone():
                return False
            try:
                cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            except (errors.DuplicateDatabase, errors.UniqueViolation):
                return False  # Another program of the host was faster.
            return True
    finally:
        connection.close()


if __name__ == "__main__":
    if create_database(os.environ, DefaultAzureCredential().get_token(_POSTGRES).token):
        print(f"Created the database {os.environ['DAGSTER_POSTGRES_DB']}.")
