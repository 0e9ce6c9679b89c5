#!/bin/sh
# Start the code location, after ending the runs that died with the one before it: code.sh OPTION ...
set -eu
python lost_runs.py
exec dagster api grpc "$@"
