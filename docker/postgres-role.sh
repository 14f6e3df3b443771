#!/bin/sh
# Runs once, when the database's folder is made. Polldock owns its database and has no other rights: whoever gets into
# Polldock cannot read files of the server or run programs there. The superuser can only log in from inside the container.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE polldock LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE polldock OWNER polldock;
REVOKE ALL ON DATABASE polldock FROM PUBLIC;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL
