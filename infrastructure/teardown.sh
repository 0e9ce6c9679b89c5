#!/usr/bin/env bash
# Take an environment down. The shared registry stays, and so does the vault's name, for 90 days.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'HELP'
Delete an environment with all its tables, after showing what that is and asking for its name.

  infrastructure/teardown.sh dev|test|prod [--yes] [--keep-catalog]

  --yes            do not ask
  --keep-catalog   leave Unity Catalog alone: for a machine outside a closed network (prod), after the
                   catalog was cleared from inside it, or where there is none

Deleted besides the resource group: the catalog and its external locations, the budget, and the right to
pull from the shared registry. The lake cannot be brought back. The Key Vault stays
soft-deleted for 90 days; deploy.sh recovers it. App registration, runner and groups stay.
Optional: CAPSTONE_PREFIX (capstone).

Exit codes: 0 deleted or not there, 1 failed, 2 cannot start or not confirmed.
HELP
}

environment="" yes="" keep_catalog=""
for argument in "$@"; do
  case "$argument" in
    dev | test | prod) environment="$argument" ;;
    --yes) yes=1 ;;
    --keep-catalog) keep_catalog=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ -n "$environment" ] || { usage >&2; exit 2; }
command -v az >/dev/null || { echo "The Azure CLI (az) is not installed." >&2; exit 2; }
az account show --output none || { echo "Not signed in. Run az login." >&2; exit 2; }
python="${PYTHON:-.venv/bin/python}"

prefix="${CAPSTONE_PREFIX:-capstone}"
group="rg-$prefix-$environment"
budget="budget-$prefix-$environment"
delete_budget() {
  az consumption budget delete --budget-name "$budget" --output none 2>/dev/null || true
  # The record of its deployment keeps the region: Azure would refuse the same name from another one.
  az deployment sub delete --name "$budget" --output none 2>/dev/null || true
}
if [ "$(az group exists --name "$group")" != true ]; then
  delete_budget
  echo "$group does not exist: nothing to do."
  exit 0
fi

az resource list --resource-group "$group" --query "[].{name: name, type: type}" --output table
if [ -z "$yes" ]; then
  read -r -p "All of this will be deleted for good. Type $group to confirm: " answer
  [ "$answer" = "$group" ] || { echo "Nothing was deleted." >&2; exit 2; }
fi

if [ -z "$keep_catalog" ]; then
  outputs="$(az deployment group show --resource-group "$group" --name capstone --query properties.outputs --output json)" || {
    echo "$group has no finished deployment, so its catalog is unknown. Repeat with --keep-catalog." >&2
    exit 1
  }
  output() {
    printf %s "$outputs" | "$python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]]["value"])' "$1"
  }
  databricks_url="$(output databricksUrl)"
  databricks_id="$(output databricksId)"
  lake="$(output lakeName)"
  catalog="$(output unityCatalog)"
  "$python" -m infrastructure.databricks.clear_away --host "$databricks_url" --workspace-id "$databricks_id" \
    --lake "$lake" --catalog "$catalog" || {
    echo "Unity Catalog could not be cleared, and nothing was deleted. From outside a closed network, run this on the jump host." >&2
    exit 1
  }
fi

# The right to pull lies in the shared group; without its identity it would remain as an unknown assignment.
identity="$(az identity show --resource-group "$group" --name "id-$prefix-$environment-host" --query principalId --output tsv 2>/dev/null)" || true
if [ -n "$identity" ]; then
  for assignment in $(az role assignment list --assignee-object-id "$identity" --all --query '[].id' --output tsv); do
    az role assignment delete --ids "$assignment" --output none
  done
fi
delete_budget
# Azure keeps a deleted log workspace for 14 days; its name may be needed sooner.
az monitor log-analytics workspace delete --resource-group "$group" --workspace-name "log-$prefix-$environment" --force --yes --output none || true
az group delete --name "$group" --yes
echo "$group is deleted."
