#!/usr/bin/env bash
# Take an environment down. The shared registry stays; so does the vault's name, for 90 days.
set -euo pipefail

usage() {
  cat <<'HELP'
Delete an environment with all its tables, after showing what that is and asking for its name.

  infrastructure/teardown.sh dev|test|prod [--yes]

  --yes   do not ask

The lake cannot be brought back. The Key Vault is kept in Azure's bin for 90 days; deploy.sh recovers it.
Optional: CAPSTONE_PREFIX (capstone).

Exit codes: 0 deleted or not there, 1 failed, 2 cannot start or not confirmed.
HELP
}

environment="" yes=""
for argument in "$@"; do
  case "$argument" in
    dev | test | prod) environment="$argument" ;;
    --yes) yes=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ -n "$environment" ] || { usage >&2; exit 2; }
command -v az >/dev/null || { echo "The Azure CLI (az) is not installed." >&2; exit 2; }
az account show --output none || { echo "Nobody is signed in. Run az login." >&2; exit 2; }

group="rg-${CAPSTONE_PREFIX:-capstone}-$environment"
if [ "$(az group exists --name "$group")" != true ]; then
  echo "$group does not exist: nothing to do."
  exit 0
fi

az resource list --resource-group "$group" --query "[].{name: name, type: type}" --output table
if [ -z "$yes" ]; then
  read -r -p "All of this will be deleted for good. Type $group to confirm: " answer
  [ "$answer" = "$group" ] || { echo "Nothing was deleted." >&2; exit 2; }
fi
az group delete --name "$group" --yes
echo "$group is deleted."
