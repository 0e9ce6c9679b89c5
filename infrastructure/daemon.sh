#!/bin/sh
# Start Dagster's daemon with the limits of both pools in force.
# dagster.yaml's default limit takes hold only after the daemon has met a pool for the first time:
# until then two runs that ask the same API would start at once.
set -eu
for pool in tmdb discogs; do
  dagster instance concurrency set "$pool" 1
done
exec dagster-daemon run --workspace workspace.yaml
