#!/bin/sh
# Start one of the host's programs once its database exists: start.sh COMMAND ...
set -eu
python create_database.py
exec "$@"
