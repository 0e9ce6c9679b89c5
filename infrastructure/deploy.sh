#!/usr/bin/env bash
# Bring an environment up, or up to date. Every step can be repeated; a second run changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'HELP'
Deploy an environment: show what would change, ask, drain Dagster, deploy, set up workspace and function.

  infrastructure/deploy.sh dev|test|prod [--what-if] [--yes] [--renew-keys] [--outside | --inside]

  --what-if      show what would change and stop; creates nothing but empty groups and the registry
  --yes          do not ask
  --renew-keys   write the keys to the vault again; the first deployment always writes them
  --outside      stop before workspace and function, which answer only inside a closed network (prod)
  --inside       only workspace and function, after a deployment with --outside; run it in the network

Sign in first (az login, az account set). Read from the environment, all required:
  RUNNER_CLIENT_ID                             the service principal that runs act as
  SIGN_IN_CLIENT_ID                            the app registration that people sign in to Dagster through
  OPERATORS_GROUP                              name or object id of the Entra group that may sign in
  ALLOWED_ADDRESSES                            who can reach Dagster, CIDR, separated by commas
  ALERT_EMAIL                                  where alerts go
Required when keys are written:
  TMDB_API_TOKEN, DISCOGS_TOKEN                keys of both APIs
  RUNNER_CLIENT_SECRET                         the runner's secret
Optional:
  READERS_GROUP (OPERATORS_GROUP)              name or object id of the Entra group that may query gold
  WEBHOOK_URL                                  Slack or Teams webhook that is notified of failures; a key, too
  JUMP_HOST_KEY                                public SSH key; opens a jump host into the network
  RUNNER_SECRET_EXPIRES                        date of expiry, where the deployer cannot read it from Entra
  RUNNER_PRINCIPAL_ID, DATABRICKS_PRINCIPAL_ID object ids, where the deployer cannot read the directory
  AZURE_LOCATION (westeurope), CAPSTONE_PREFIX (capstone)

Exit codes: 0 done, 1 failed, 2 cannot start.
HELP
}

cannot() {
  printf '%s\n' "$@" >&2
  exit 2
}

failed() {
  printf '%s\n' "$@" >&2
  exit 1
}

environment="" what_if_only="" yes="" renew_keys="" outside=1 inside=1
for argument in "$@"; do
  case "$argument" in
    dev | test | prod) environment="$argument" ;;
    --what-if) what_if_only=1 ;;
    --yes) yes=1 ;;
    --renew-keys) renew_keys=1 ;;
    --outside) inside="" ;;
    --inside) outside="" ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ -n "$environment" ] && [ -n "$outside$inside" ] || { usage >&2; exit 2; }

require() {
  local missing="" name
  for name in "$@"; do
    [ -n "${!name:-}" ] || missing="$missing $name"
  done
  [ -z "$missing" ] || cannot "Not set:$missing. See infrastructure/deploy.sh --help."
}
require RUNNER_CLIENT_ID SIGN_IN_CLIENT_ID OPERATORS_GROUP ALLOWED_ADDRESSES ALERT_EMAIL
command -v az >/dev/null || cannot "The Azure CLI (az) is not installed."
python="${PYTHON:-.venv/bin/python}"
[ -x "$python" ] || cannot "$python does not exist. Run make setup-azure first."
subscription="$(az account show --query id --output tsv)" || cannot "Not signed in. Run az login."
if [ -z "$what_if_only" ] && [ -n "$(git status --porcelain)" ]; then
  cannot "The checkout has uncommitted changes, so an image could not record which commit it holds."
fi

prefix="${CAPSTONE_PREFIX:-capstone}"
location="${AZURE_LOCATION:-westeurope}"
group="rg-$prefix-$environment"
shared_group="rg-$prefix-shared"
# It is part of every name, and a storage account's name allows nothing else.
[[ "$prefix" =~ ^[a-z][a-z0-9]{1,7}$ ]] ||
  cannot "CAPSTONE_PREFIX is $prefix. It must be 2 to 8 lower-case letters and digits and begin with a letter."
# Unique in all of Azure, and the same at every deployment into this subscription.
registry="cr$prefix$(printf %s "$subscription" | sha256sum | cut -c1-8)"
image="capstone-assets:$(git rev-parse --short=12 HEAD)"
readers="${READERS_GROUP:-$OPERATORS_GROUP}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# The object id of something in Entra: look_up VARIABLE REMEDY COMMAND...
look_up() {
  local variable="$1" remedy="$2"
  shift 2
  "$@" --query id --output tsv 2>"$scratch/error" && return
  if grep -qiE 'insufficient privileges|authorization_requestdenied|forbidden' "$scratch/error"; then
    cannot "$variable cannot be looked up: the deployer may not read the directory." \
      "A person needs no extra right; a service principal needs Microsoft Graph's application permissions" \
      "Application.Read.All and GroupMember.Read.All, with an administrator's consent. Or give object ids:" \
      "RUNNER_PRINCIPAL_ID, DATABRICKS_PRINCIPAL_ID, and OPERATORS_GROUP and READERS_GROUP as ids."
  fi
  cat "$scratch/error" >&2
  cannot "$variable was not found in this tenant. $remedy"
}

group_id() {
  case "$2" in
    ????????-????-????-????-????????????) echo "$2" ;;
    *) look_up "$1" "Give the name or object id of an Entra group." az ad group show --group "$2" ;;
  esac
}

output() {
  "$python" - "$scratch/outputs.json" "$1" <<'PYTHON'
import json, sys

path, name = sys.argv[1:]
with open(path) as file:
    outputs = json.load(file)
if name not in outputs:
    sys.exit(f"The deployment has no output {name}: main.bicep and deploy.sh differ.")
print(outputs[name]["value"])
PYTHON
}

deploy_templates() {
  # Databricks' application id is the same in every tenant; its object id is not.
  databricks_principal="${DATABRICKS_PRINCIPAL_ID:-}"
  [ -n "$databricks_principal" ] || databricks_principal="$(look_up DATABRICKS_PRINCIPAL_ID \
    "Register it: az provider register --namespace Microsoft.Databricks --wait" \
    az ad sp show --id 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d)"
  runner_principal="${RUNNER_PRINCIPAL_ID:-}"
  [ -n "$runner_principal" ] || runner_principal="$(look_up RUNNER_CLIENT_ID \
    "Create it: az ad sp create-for-rbac --name capstone-runner" az ad sp show --id "$RUNNER_CLIENT_ID")"
  operators_group="$(group_id OPERATORS_GROUP "$OPERATORS_GROUP")"
  readers_group="$(group_id READERS_GROUP "$readers")"

  echo "== $group in $location"
  az group create --name "$group" --location "$location" --tags project=capstone-assets environment="$environment" --output none
  az group create --name "$shared_group" --location "$location" --tags project=capstone-assets --output none
  az acr create --resource-group "$shared_group" --name "$registry" --sku Basic --admin-enabled false --output none

  if [ -z "$what_if_only" ]; then
    # A vault that was torn down keeps its name for 90 days and comes back with it.
    for vault in $(az keyvault list-deleted --query "[?contains(properties.vaultId, '/$group/')].name" --output tsv); do
      az keyvault recover --name "$vault" --output none
    done
  fi
  decide_on_keys
  build_image
  write_parameters
  template=(--resource-group "$group" --template-file infrastructure/main.bicep
    --parameters "@infrastructure/parameters/$environment.json" --parameters "@$scratch/parameters.json")

  echo "== what would change"
  az deployment group what-if "${template[@]}"
  [ -z "$what_if_only" ] || exit 0
  if [ -z "$yes" ]; then
    read -r -p "Deploy this to $group? [y/N] " answer
    [ "$answer" = y ] || cannot "Nothing was deployed."
  fi
  drain

  echo "== deploying"
  az deployment group create --name capstone "${template[@]}" --output none ||
    failed "The deployment failed. A role that was assigned just now may not be in force yet: run this again."
  # The daemon's new revision runs; the old one must not join it.
  trap 'rm -rf "$scratch"' EXIT
  # A drain that was killed left the daemon off, and without a new image it has no new revision.
  if [ -z "$(running_daemon)" ]; then
    revision="$(az containerapp show --resource-group "$group" --name "ca-$prefix-$environment-daemon" \
      --query properties.latestRevisionName --output tsv)"
    az containerapp revision activate --resource-group "$group" --revision "$revision" --output none
  fi
}

running_daemon() {
  az containerapp revision list --resource-group "$group" --name "ca-$prefix-$environment-daemon" \
    --query '[?properties.active].name | [0]' --output tsv
}

# Writing a key makes a new version of it, so the vault is left alone unless there is a reason.
decide_on_keys() {
  vault="$(az keyvault list --resource-group "$group" --query "[0].id" --output tsv)"
  write_keys=false notify_chat=false
  if [ -n "$renew_keys" ] || ! vault_has runner-client-secret; then write_keys=true; fi
  if vault_has webhook-url; then notify_chat=true; fi
  if [ "$write_keys" = false ]; then return; fi
  require TMDB_API_TOKEN DISCOGS_TOKEN RUNNER_CLIENT_SECRET
  if [ -n "${WEBHOOK_URL:-}" ]; then notify_chat=true; fi
  runner_secret_expires="${RUNNER_SECRET_EXPIRES:-}"
  [ -n "$runner_secret_expires" ] || runner_secret_expires="$(az ad app credential list --id "$RUNNER_CLIENT_ID" \
    --query "[?hint=='${RUNNER_CLIENT_SECRET:0:3}'] | [0].endDateTime" --output tsv)" || true
  [ -n "$runner_secret_expires" ] ||
    cannot "The expiry of RUNNER_CLIENT_SECRET cannot be read from Entra. Give it as RUNNER_SECRET_EXPIRES, for example 2027-11-30."
}

# Azure's resource manager knows names but not values, so this works outside the network, too.
vault_has() {
  [ -n "$vault" ] && az resource show --ids "$vault/secrets/$1" --api-version 2023-07-01 --output none 2>/dev/null
}

build_image() {
  if [ -n "$what_if_only" ]; then return; fi
  if ! digest="$(az acr repository show --name "$registry" --image "$image" --query digest --output tsv 2>/dev/null)"; then
    echo "== image $image"
    az acr build --registry "$registry" --image "$image" --build-arg GIT_COMMIT="$(git rev-parse HEAD)" \
      --file infrastructure/Dockerfile . --output none
    digest="$(az acr repository show --name "$registry" --image "$image" --query digest --output tsv)"
  fi
  image="capstone-assets@$digest"
}

# Keys are passed in a file that only this user can read: command lines are public on a machine.
write_parameters() {
  # Azure refuses to move a budget's start, and to start one in a past month.
  budget_start="$(az consumption budget show --budget-name "budget-$prefix-$environment" \
    --query timePeriod.startDate --output tsv 2>/dev/null | cut -c1-10)" || true
  # Azure refuses another key for a machine that exists.
  jump_host_key="${JUMP_HOST_KEY:-}"
  if [ -n "$jump_host_key" ]; then
    kept_key="$(az vm show --resource-group "$group" --name "vm-$prefix-$environment-jump" \
      --query 'osProfile.linuxConfiguration.ssh.publicKeys[0].keyData' --output tsv 2>/dev/null)" || true
    jump_host_key="${kept_key:-$jump_host_key}"
  fi
  # Azure lets the database's disk grow by itself, and refuses a smaller one.
  database_gb="$(az postgres flexible-server list --resource-group "$group" --query '[0].storage.storageSizeGb' --output tsv)"
  # Which package the function runs is not the templates' to change.
  function_app="$(az functionapp list --resource-group "$group" --query '[0].name' --output tsv)"
  cleanup_package=""
  if [ -n "$function_app" ]; then cleanup_package="$(running_package)"; fi
  image="$image" registryName="$registry" registryResourceGroup="$shared_group" \
    databricksPrincipalId="$databricks_principal" runnerPrincipalId="$runner_principal" \
    operatorsGroupId="$operators_group" readersGroupId="$readers_group" \
    budgetStart="${budget_start:-$(date -u +%Y-%m-01)}" prefix="$prefix" runnerClientId="$RUNNER_CLIENT_ID" \
    signInClientId="$SIGN_IN_CLIENT_ID" alertEmail="$ALERT_EMAIL" jumpHostKey="$jump_host_key" cleanupPackage="$cleanup_package" \
    databaseGb="${database_gb:-32}" \
    writeKeys="$write_keys" notifyChat="$notify_chat" runnerSecretExpires="${runner_secret_expires:-}" \
    "$python" - "$scratch/parameters.json" <<'PYTHON'
import json, os, sys
from datetime import UTC, datetime

PLAIN = (
    "image", "registryName", "registryResourceGroup", "databricksPrincipalId", "runnerPrincipalId",
    "operatorsGroupId", "readersGroupId", "budgetStart", "prefix", "runnerClientId", "signInClientId",
    "alertEmail", "jumpHostKey", "cleanupPackage",
)
KEYS = {
    "tmdbApiToken": "TMDB_API_TOKEN",
    "discogsToken": "DISCOGS_TOKEN",
    "runnerClientSecret": "RUNNER_CLIENT_SECRET",
    "webhookUrl": "WEBHOOK_URL",
}
writes = os.environ["writeKeys"] == "true"
values = {name: os.environ[name] for name in PLAIN} | {
    "allowedAddresses": [each.strip() for each in os.environ["ALLOWED_ADDRESSES"].split(",")],
    "databaseGb": int(os.environ["databaseGb"]),
    "writeKeys": writes,
    "notifyChat": os.environ["notifyChat"] == "true",
}
if writes:
    values |= {name: os.environ.get(variable, "") for name, variable in KEYS.items()}
    expires = datetime.fromisoformat(os.environ["runnerSecretExpires"])
    values["runnerSecretExpiresOn"] = int(expires.replace(tzinfo=expires.tzinfo or UTC).timestamp())
content = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {name: {"value": value} for name, value in values.items()},
}
with open(sys.argv[1], "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
    json.dump(content, file)
PYTHON
}

# A new image replaces the code location and ends the runs in it. So the daemon stops starting runs, and
# the job waits for those that are under way, or cancels them with their Databricks jobs.
drain() {
  local app="ca-$prefix-$environment" running execution status=""
  running="$(az containerapp show --resource-group "$group" --name "$app-code" \
    --query 'properties.template.containers[0].image' --output tsv 2>/dev/null)" || true
  case "$running" in "" | *"/$image") return ;; esac
  echo "== draining"
  revision="$(running_daemon)"
  if [ -n "$revision" ]; then
    trap 'az containerapp revision activate --resource-group "'"$group"'" --revision "'"$revision"'" --output none || true; rm -rf "$scratch"' EXIT
    az containerapp revision deactivate --resource-group "$group" --revision "$revision" --output none
  fi
  execution="$(az containerapp job start --resource-group "$group" --name "$app-drain" --query name --output tsv)"
  local end=$((SECONDS + 5700)) # longer than the job may take
  while [ "$SECONDS" -lt "$end" ]; do
    status="$(az containerapp job execution show --resource-group "$group" --name "$app-drain" \
      --job-execution-name "$execution" --query properties.status --output tsv)"
    case "$status" in Succeeded) return ;; Failed | Stopped | Degraded) break ;; esac
    sleep "${DRAIN_POLL_SECONDS:-15}"
  done
  failed "Draining ended as ${status:-unknown}; nothing was deployed and the daemon is on again." \
    "See the log: az containerapp job logs show --resource-group $group --name $app-drain --execution $execution --container drain"
}

read_outputs() {
  az deployment group show --resource-group "$group" --name capstone --query properties.outputs --output json >"$scratch/outputs.json" ||
    failed "$group has no deployment named capstone. Run this without --inside first."
}

set_up_sign_in() {
  echo "== sign-in"
  local callback="$web_url/.auth/login/aad/callback"
  # Without groups in the token, the group that ingress allows is never found in it. Which groups those
  # are, the README says: a person may have set ApplicationGroup.
  case "$(az ad app show --id "$SIGN_IN_CLIENT_ID" --output tsv --query \
    "join(',', [groupMembershipClaims || '', to_string(web.implicitGrantSettings.enableIdTokenIssuance), web.redirectUris[0] || ''])")" in
    "SecurityGroup,true,$callback" | "ApplicationGroup,true,$callback") ;;
    *)
      az ad app update --id "$SIGN_IN_CLIENT_ID" --enable-id-token-issuance true --web-redirect-uris "$callback" \
        --set groupMembershipClaims=SecurityGroup ||
        failed "The app registration cannot be changed. Be its owner or an Application Administrator."
      ;;
  esac
  # The registration is a template; people sign in to the service principal made from it.
  az ad sp show --id "$SIGN_IN_CLIENT_ID" --output none 2>/dev/null ||
    az ad sp create --id "$SIGN_IN_CLIENT_ID" --output none ||
    failed "The app registration has no service principal and none can be created. Be its owner or an Application Administrator."
}

set_up_workspace() {
  echo "== workspace"
  # Databricks knows groups by name.
  local readers_name="$readers"
  case "$readers" in
    ????????-????-????-????-????????????) readers_name="$(az ad group show --group "$readers" --query displayName --output tsv)" ||
      failed "READERS_GROUP is an object id, and its name cannot be looked up. Give its name." ;;
  esac
  "$python" -m infrastructure.databricks.set_up --host "$databricks_url" --workspace-id "$databricks_id" \
    --lake "$lake" --vault-id "$vault_id" --vault-uri "$vault_uri" \
    --access-connector-id "$access_connector_id" \
    --runner "$RUNNER_CLIENT_ID" --cleanup "$cleanup_client_id" \
    --catalog "$catalog" --readers "$readers_name" ||
    failed "The workspace could not be set up. If its error is a timeout or 403 from outside the network," \
      "run infrastructure/deploy.sh $environment --inside on the jump host."
}

deploy_function() {
  local files=(infrastructure/functionapp/{function_app.py,cleanup.py,host.json,requirements.txt}) package
  package="$(sha256sum "${files[@]}" | sha256sum | cut -c1-16)"
  if [ "$(running_package)" = "$package" ]; then return; fi
  echo "== cleanup function"
  "$python" -m zipfile -c "$scratch/function.zip" "${files[@]}"
  az functionapp deployment source config-zip --resource-group "$group" --name "$function_app" \
    --src "$scratch/function.zip" --build-remote true --output none ||
    failed "The function could not be deployed. From outside a closed network it cannot be reached:" \
      "run infrastructure/deploy.sh $environment --inside on the jump host."
  az functionapp config appsettings set --resource-group "$group" --name "$function_app" \
    --settings CLEANUP_PACKAGE="$package" --output none
}

# The function says itself what it runs: the settings of an app that is made again are empty.
running_package() {
  az functionapp config appsettings list --resource-group "$group" --name "$function_app" \
    --query "[?name=='CLEANUP_PACKAGE'].value | [0]" --output tsv
}

if [ -n "$outside" ]; then deploy_templates; fi
read_outputs
# Each in a statement of its own: a failure inside an argument would not stop the script.
web_url="$(output webUrl)"
databricks_url="$(output databricksUrl)"
databricks_id="$(output databricksId)"
lake="$(output lakeName)"
vault_id="$(output vaultId)"
vault_uri="$(output vaultUri)"
access_connector_id="$(output accessConnectorId)"
cleanup_client_id="$(output cleanupClientId)"
function_app="$(output functionAppName)"
audit_endpoint="$(output auditEndpoint)"
audit_rule="$(output auditRuleId)"
audit_stream="$(output auditStream)"
catalog="$(output unityCatalog)"
if [ -n "$outside" ]; then set_up_sign_in; fi
if [ -n "$inside" ]; then
  set_up_workspace
  deploy_function
fi

echo "Dagster: $web_url"
echo "Audit records are received at $audit_endpoint, rule $audit_rule, stream $audit_stream."
[ -n "$inside" ] || echo "Not done yet: run infrastructure/deploy.sh $environment --inside on a machine in the network."
