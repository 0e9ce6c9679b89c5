#!/usr/bin/env bash
# Bring an environment up, or up to date. Every step can be repeated; what is right stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'HELP'
Deploy an environment: shows what would change, asks, deploys, then sets up workspace and function.

  infrastructure/deploy.sh dev|test|prod [--what-if] [--yes]

  --what-if   show what would change and stop; makes nothing but empty groups and the registry
  --yes       do not ask

Sign in first (az login, az account set). Read from the environment, all required:
  TMDB_API_TOKEN, DISCOGS_TOKEN                keys of both APIs
  RUNNER_CLIENT_ID, RUNNER_CLIENT_SECRET       the service principal that runs go as
  SIGN_IN_CLIENT_ID                            the app registration that people sign in to Dagster through
  OPERATORS_GROUP                              name or object id of the Entra group that may sign in
  ALLOWED_ADDRESSES                            who can reach Dagster, CIDR, separated by commas
  ALERT_EMAIL                                  where alerts go
Optional: AZURE_LOCATION (westeurope), CAPSTONE_PREFIX (capstone).

Exit codes: 0 done, 1 failed, 2 cannot start.
HELP
}

cannot() {
  printf '%s\n' "$@" >&2
  exit 2
}

environment="" what_if_only="" yes=""
for argument in "$@"; do
  case "$argument" in
    dev | test | prod) environment="$argument" ;;
    --what-if) what_if_only=1 ;;
    --yes) yes=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ -n "$environment" ] || { usage >&2; exit 2; }

missing=""
for name in TMDB_API_TOKEN DISCOGS_TOKEN RUNNER_CLIENT_ID RUNNER_CLIENT_SECRET SIGN_IN_CLIENT_ID \
  OPERATORS_GROUP ALLOWED_ADDRESSES ALERT_EMAIL; do
  [ -n "${!name:-}" ] || missing="$missing $name"
done
[ -z "$missing" ] || cannot "Not set:$missing. See infrastructure/deploy.sh --help."
command -v az >/dev/null || cannot "The Azure CLI (az) is not installed."
python="${PYTHON:-.venv/bin/python}"
[ -x "$python" ] || cannot "$python does not exist. Run make setup first."
subscription="$(az account show --query id --output tsv)" || cannot "Nobody is signed in. Run az login."
if [ -z "$what_if_only" ] && [ -n "$(git status --porcelain)" ]; then
  cannot "The checkout has changes that are not committed, so no image could say what it holds."
fi

prefix="${CAPSTONE_PREFIX:-capstone}"
location="${AZURE_LOCATION:-westeurope}"
group="rg-$prefix-$environment"
shared_group="rg-$prefix-shared"
# One name in all of Azure, and the same at every deployment into this subscription.
registry="cr$prefix$(printf %s "$subscription" | sha256sum | cut -c1-8)"
image="capstone-assets:$(git rev-parse --short=12 HEAD)"

# Databricks' id in Entra is the same in every tenant; its object id is not.
databricks_principal="$(az ad sp show --id 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d --query id --output tsv)" ||
  cannot "This tenant does not know Azure Databricks. Register it: az provider register --namespace Microsoft.Databricks --wait"
runner_principal="$(az ad sp show --id "$RUNNER_CLIENT_ID" --query id --output tsv)" ||
  cannot "RUNNER_CLIENT_ID is no service principal of this tenant."
operators_group="$(az ad group show --group "$OPERATORS_GROUP" --query id --output tsv)" ||
  cannot "OPERATORS_GROUP is no group of this tenant."

echo "== $group in $location"
az group create --name "$group" --location "$location" --tags project=capstone-assets environment="$environment" --output none
az group create --name "$shared_group" --location "$location" --tags project=capstone-assets --output none
az acr create --resource-group "$shared_group" --name "$registry" --sku Basic --admin-enabled false --output none

if [ -z "$what_if_only" ]; then
  # A vault that was torn down keeps its name for 90 days and comes back with it.
  for vault in $(az keyvault list-deleted --query "[?contains(properties.vaultId, '/$group/')].name" --output tsv); do
    az keyvault recover --name "$vault" --output none
  done
  if ! digest="$(az acr repository show --name "$registry" --image "$image" --query digest --output tsv 2>/dev/null)"; then
    echo "== image $image"
    az acr build --registry "$registry" --image "$image" --build-arg GIT_COMMIT="$(git rev-parse HEAD)" \
      --file infrastructure/Dockerfile . --output none
    digest="$(az acr repository show --name "$registry" --image "$image" --query digest --output tsv)"
  fi
  image="capstone-assets@$digest"
fi

# Keys go by a file that only this user can read: a command line is seen by everybody.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
image="$image" registryName="$registry" registryResourceGroup="$shared_group" \
  databricksPrincipalId="$databricks_principal" runnerPrincipalId="$runner_principal" \
  operatorsGroupId="$operators_group" "$python" - "$scratch/parameters.json" <<'PYTHON'
import json, os, sys

plain = ["image", "registryName", "registryResourceGroup", "databricksPrincipalId", "runnerPrincipalId", "operatorsGroupId"]
values = {name: os.environ[name] for name in plain} | {
    "prefix": os.environ.get("CAPSTONE_PREFIX", "capstone"),
    "tmdbApiToken": os.environ["TMDB_API_TOKEN"],
    "discogsToken": os.environ["DISCOGS_TOKEN"],
    "runnerClientId": os.environ["RUNNER_CLIENT_ID"],
    "runnerClientSecret": os.environ["RUNNER_CLIENT_SECRET"],
    "signInClientId": os.environ["SIGN_IN_CLIENT_ID"],
    "alertEmail": os.environ["ALERT_EMAIL"],
    "allowedAddresses": os.environ["ALLOWED_ADDRESSES"].split(","),
}
content = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {name: {"value": value} for name, value in values.items()},
}
with open(sys.argv[1], "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
    json.dump(content, file)
PYTHON
template=(--resource-group "$group" --template-file infrastructure/main.bicep
  --parameters "@infrastructure/parameters/$environment.json" --parameters "@$scratch/parameters.json")

echo "== what would change"
az deployment group what-if "${template[@]}"
[ -z "$what_if_only" ] || exit 0
if [ -z "$yes" ]; then
  read -r -p "Deploy this to $group? [y/N] " answer
  [ "$answer" = y ] || cannot "Nothing was deployed."
fi

echo "== deploying"
az deployment group create --name capstone "${template[@]}" --query properties.outputs --output json >"$scratch/outputs.json" || {
  echo "The deployment failed. A role that was assigned just now may not be in force yet: run this again." >&2
  exit 1
}
output() {
  "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]]["value"])' "$scratch/outputs.json" "$1"
}

echo "== sign-in"
az ad app update --id "$SIGN_IN_CLIENT_ID" --enable-id-token-issuance true \
  --web-redirect-uris "$(output webUrl)/.auth/login/aad/callback"

# Where management access is Disabled both need a machine inside the network.
echo "== workspace"
"$python" -m infrastructure.databricks.set_up --host "$(output databricksUrl)" --lake "$(output lakeName)" \
  --vault-id "$(output vaultId)" --vault-uri "$(output vaultUri)" \
  --access-connector-id "$(output accessConnectorId)" \
  --runner "$RUNNER_CLIENT_ID" --cleanup "$(output cleanupClientId)" || {
  echo "The workspace could not be set up. In prod it answers only inside its network: run this from there." >&2
  exit 1
}

echo "== cleanup function"
"$python" -m zipfile -c "$scratch/function.zip" infrastructure/functionapp/{function_app.py,cleanup.py,host.json,requirements.txt}
az functionapp deployment source config-zip --resource-group "$group" --name "$(output functionAppName)" \
  --src "$scratch/function.zip" --build-remote true --output none || {
  echo "The function could not be deployed. In prod it answers only inside its network: run this from there." >&2
  exit 1
}

echo "Dagster: $(output webUrl)"
echo "Audit records are taken in at $(output auditEndpoint), rule $(output auditRuleId), stream $(output auditStream)."
