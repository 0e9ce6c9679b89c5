"""Who may do what, who acts as whom, and what has to be there first.

Belongs here: roles by job, identities, keys, signing in, the order of a deployment.
Not here: addresses and doors (network.py), environment variables (settings.py).
"""

from collections.abc import Iterator, Mapping, Sequence

from capstone_assets.orchestration.resources import databricks
from infrastructure.check.templates import Ref, Resource, of_type, target, waits_for

# Azure's built-in roles, whose ids are the same everywhere.
ROLES = {
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Container Apps Operator": "f3bd1b5c-91fa-40e7-afe7-0c11d331232c",
}
_HOST = "Ref(resource='hostIdentity/identity', property='properties.principalId')"
_CLEANUP = "Ref(resource='cleanupIdentity/identity', property='properties.principalId')"
_CONNECTOR = "Ref(resource='databricks/accessConnector', property='identity.principalId')"
_RUNNER, _DATABRICKS = "{runnerPrincipalId}", "{databricksPrincipalId}"
_OPERATORS, _READERS = "{operatorsGroupId}", "{readersGroupId}"
_GROUP = "the resource group"
# Exactly these, each because a job needs it: who, role, where, what for.
_NEEDED = (
    (_HOST, "Storage Blob Data Reader", "lake/account", "sensors read every table"),
    (_HOST, "Storage Blob Data Contributor", "metrics", "audit records and logs are written"),
    (_HOST, "Storage Blob Data Contributor", "raw", "pages of the APIs are landed"),
    (_HOST, "Key Vault Secrets User", "keyvault/vault", "container apps read their secrets"),
    (_HOST, "Monitoring Metrics Publisher", "monitoring/collectionRule", "audit records are sent"),
    (_HOST, "AcrPull", "registryPull/registry", "container apps pull their image"),
    (_RUNNER, "Storage Blob Data Contributor", "lake/account", "Python on clusters uses the lake"),
    (_RUNNER, "Monitoring Metrics Publisher", "monitoring/collectionRule", "clusters send records"),
    (_CONNECTOR, "Storage Blob Data Contributor", "lake/account", "Spark uses the lake"),
    (_DATABRICKS, "Key Vault Secrets User", "keyvault/vault", "the secret scope reads the vault"),
    (_CLEANUP, "Storage Blob Data Contributor", "lake/account", "the cleanup deletes in the lake"),
    (_CLEANUP, "Storage Blob Data Owner", "functionStorage/account", "the host keeps its locks"),
    (
        _CLEANUP,
        "Monitoring Metrics Publisher",
        "monitoring/applicationInsights",
        "its telemetry is sent",
    ),
    (_OPERATORS, "Key Vault Secrets Officer", "keyvault/vault", "operators renew keys"),
    (_OPERATORS, "Storage Blob Data Reader", "lake/account", "operators look at tables"),
    (_OPERATORS, "Storage Blob Data Contributor", "inputs", "operators place overrides and dumps"),
    (_OPERATORS, "Reader", _GROUP, "operators see resources and logs"),
    (_OPERATORS, "Container Apps Operator", _GROUP, "operators run commands in the code app"),
    (_READERS, "Storage Blob Data Reader", "gold", "readers read gold"),
)
# Who acts as which identity.
_IDENTITIES = {
    "dagsterHost/codeApp": "hostIdentity/identity",
    "dagsterHost/daemonApp": "hostIdentity/identity",
    "dagsterHost/webApp": "hostIdentity/identity",
    "dagsterHost/drainJob": "hostIdentity/identity",
    "functionapp/app": "cleanupIdentity/identity",
}
# Which parameter the value of each secret is; the tenant's id is not a parameter.
_VALUES = {
    "tmdb-api-token": "{tmdbApiToken}",
    "discogs-token": "{discogsToken}",
    "runner-client-id": "{runnerClientId}",
    "runner-client-secret": "{runnerClientSecret}",
    "webhook-url": "{webhookUrl}",
    "runner-tenant-id": "{subscription().tenantId}",
}
# What has to be there before what, and no reference says it: later, earlier, why.
_ORDER = (
    ("dagsterHost/codeApp", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/codeApp", "dagsterHost/databaseEndpoint/zoneGroup", "it connects through it"),
    (
        "dagsterHost/databaseAdministrator",
        "dagsterHost/databaseEndpoint/endpoint",
        "a server takes one change at a time",
    ),
    ("dagsterHost/daemonApp", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/daemonApp", "dagsterHost/codeApp", "it loads the code from it"),
    ("dagsterHost/drainJob", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/webApp", "dagsterHost/databaseAdministrator", "it connects as it"),
    ("dagsterHost/webApp", "dagsterHost/codeApp", "it loads the code from it"),
    ("dagsterHost/codeApp", "roles/hostReadsKeys", "it reads its secrets when it starts"),
    ("dagsterHost/codeApp", "registryPull/pull", "it pulls its image when it starts"),
    ("functionapp/app", "roles/cleanupOwnsItsFiles", "it opens its storage when it starts"),
    ("monitoring/collectionRule", "monitoring/table", "it fills the table"),
    (
        "databricks/signInEndpoint/endpoint",
        "databricks/controlPlaneEndpoint/endpoint",
        "a workspace takes one endpoint at a time",
    ),
)


def faults(resources: Sequence[Resource]) -> Iterator[str]:
    """Say who may do too much or too little, and what would come too early."""
    found = {resource.address: resource for resource in resources}
    yield from _roles(resources)
    yield from _identities(found)
    yield from _keys(resources)
    yield from _passwords(resources)
    yield from _database(found)
    yield from _sign_in(resources)
    for later, earlier, why in _ORDER:
        if later not in found or earlier not in waits_for(resources, found[later]):
            yield f"{later}: it does not wait for {earlier}, though {why}."


def _roles(resources: Sequence[Resource]) -> Iterator[str]:
    named = {each.address: each for each in resources}
    known = {identifier: role for role, identifier in ROLES.items()}
    held: dict[tuple[str, str, str], Resource] = {}
    for assignment in of_type(resources, "Microsoft.Authorization/roleAssignments"):
        scope = assignment.get("scope")
        where = _GROUP if scope is None else target(resources, scope)
        if where in named and named[where].type.endswith("/containers"):
            where = named[where].name
        properties = assignment.get("properties")
        role_id = str(properties["roleDefinitionId"]).rpartition(", ")[2].rstrip(")}")
        role = known.get(role_id, f"with the id {role_id}")
        who = str(properties["principalId"])
        held[who, role, where] = assignment
        kind = "Group" if who in (_OPERATORS, _READERS) else "ServicePrincipal"
        if properties.get("principalType") != kind:
            yield f"{assignment.address}: its principal is a {kind}."
        if who not in assignment.name or role_id not in assignment.name:
            yield (
                f"{assignment.address}: its name does not follow from its principal and role: "
                "another of either would be RoleAssignmentUpdateNotPermitted."
            )
    needed = {(who, role, where): why for who, role, where, why in _NEEDED}
    for (who, role, where), why in needed.items():
        if (who, role, where) not in held:
            yield f"roles: {_called(who)} is not {role} of {where}, so it cannot do its job: {why}."
    for (who, role, where), assignment in held.items():
        if (who, role, where) not in needed:
            yield f"{assignment.address}: {_called(who)} is {role} of {where}, which no job needs."


def _called(principal: str) -> str:
    return principal.partition("'")[2].partition("'")[0] or principal.strip("{}")


def _identities(found: Mapping[str, Resource]) -> Iterator[str]:
    for address, identity in _IDENTITIES.items():
        if address not in found:
            yield f"{address}: there is none."
            continue
        program = found[address]
        attached = list(program.get("identity", "userAssignedIdentities") or ())
        if attached != [f"{{{identity}.id}}"]:
            yield f"{address}: it does not act as {identity} alone."
        configuration = program.get("properties", "configuration") or {}
        parts = [*configuration.get("registries", ()), *configuration.get("secrets", ())]
        for part in parts:
            if part.get("identity") != Ref(identity, "id"):
                what = part.get("server", part.get("name"))
                yield f"{address}: {what} is not read as {identity}."
    deployment = found["functionapp/app"].get(
        "properties", "functionAppConfig", "deployment", "storage"
    )
    if deployment["authentication"].get("userAssignedIdentityResourceId") != Ref(
        "cleanupIdentity/identity", "id"
    ):
        yield "functionapp/app: its package is not read as cleanupIdentity/identity."
    if found["databricks/accessConnector"].get("identity", "type") != "SystemAssigned":
        yield "databricks/accessConnector: it has no identity of its own."


def _keys(resources: Sequence[Resource]) -> Iterator[str]:
    secrets = {s.name: s for s in of_type(resources, "Microsoft.KeyVault/vaults/secrets")}
    for variable, key in databricks.SECRETS.items():
        if key not in secrets:
            yield f"keyvault: clusters read {variable} from secret {key}, which is not made."
    for name in sorted(_VALUES.keys() - secrets.keys()):
        yield f"keyvault: the secret {name} is not made."
    for name, secret in secrets.items():
        if str(secret.get("properties", "value")) != _VALUES.get(name):
            yield f"{secret.address}: its value is not {_VALUES.get(name)}."
        expires = "{runnerSecretExpiresOn}" if name == "runner-client-secret" else "{keysExpireOn}"
        if str(secret.get("properties", "attributes", "exp")) != expires:
            yield f"{secret.address}: it does not expire on {expires}."
    for vault in of_type(resources, "Microsoft.KeyVault/vaults"):
        if vault.get("properties", "enableRbacAuthorization") is not True:
            yield f"{vault.address}: access is not by roles (enableRbacAuthorization)."
        if vault.get("properties", "networkAcls", "bypass") != "AzureServices":
            yield f"{vault.address}: Databricks cannot read its secret scope through the firewall."


def _passwords(resources: Sequence[Resource]) -> Iterator[str]:
    for account in of_type(resources, "Microsoft.Storage/storageAccounts"):
        if account.get("properties", "allowSharedKeyAccess") is not False:
            yield f"{account.address}: it accepts shared keys."
    for resource in resources:
        config = str(resource.config).lower()
        if any(word in config for word in ("list_keys", "listkeys", "list_secrets", "accountkey=")):
            yield f"{resource.address}: a key is read out of a resource."


def _database(found: Mapping[str, Resource]) -> Iterator[str]:
    server = found["dagsterHost/databaseServer"].get("properties", "authConfig")
    if (server["activeDirectoryAuth"], server["passwordAuth"]) != ("Enabled", "Disabled"):
        yield "dagsterHost/databaseServer: it accepts passwords, or no tokens."
    administrator = found.get("dagsterHost/databaseAdministrator")
    if administrator is None:
        yield "dagsterHost: the database server has no administrator."
        return
    properties = administrator.get("properties")
    if administrator.get("name") != Ref("hostIdentity/identity", "properties.principalId"):
        yield f"{administrator.address}: it is not the host's identity."
    if properties["principalName"] != Ref("hostIdentity/identity", "name"):
        yield f"{administrator.address}: Dagster signs in by another name."
    if properties["principalType"] != "ServicePrincipal":
        yield f"{administrator.address}: an identity is a ServicePrincipal."
    for resource in found.values():
        if resource.type == "Microsoft.DBforPostgreSQL/flexibleServers/databases":
            yield (
                f"{resource.address}: Azure would own the database and Dagster could create no "
                "table in it: create_database.py creates it as the identity."
            )


def _sign_in(resources: Sequence[Resource]) -> Iterator[str]:
    configs = of_type(resources, "Microsoft.App/containerApps/authConfigs")
    for app in of_type(resources, "Microsoft.App/containerApps"):
        ingress = app.get("properties", "configuration", "ingress") or {}
        if bool(ingress.get("external")) != (app.address == "dagsterHost/webApp"):
            yield f"{app.address}: the web server alone is open to the outside."
        if not ingress.get("external"):
            continue
        restrictions = ingress.get("ipSecurityRestrictions") or []
        if any(each.get("action") != "Allow" for each in restrictions) or not restrictions:
            yield f"{app.address}: any address can reach it."
        if ingress.get("allowInsecure") is not False:
            yield f"{app.address}: it answers without TLS."
        if [c.get("name") for c in configs if c.get("parent") == Ref(app.address, "")] != [
            "current"
        ]:
            yield f"{app.address}: it is open to the outside and asks no one to sign in."
    for config in configs:
        properties = config.get("properties")
        provider = properties["identityProviders"]["azureActiveDirectory"]
        checks = provider["validation"]
        allowed = checks["defaultAuthorizationPolicy"]["allowedPrincipals"]["groups"]
        if properties["globalValidation"]["unauthenticatedClientAction"] != "RedirectToLoginPage":
            yield f"{config.address}: it is open to the outside and asks no one to sign in."
        if not properties["platform"]["enabled"] or not provider["enabled"]:
            yield f"{config.address}: signing in is turned off."
        if list(map(str, allowed)) != [_OPERATORS]:
            yield f"{config.address}: others than the operators may sign in."
        if list(map(str, checks["allowedAudiences"])) != ["{signInClientId}"]:
            yield f"{config.address}: it accepts tokens of other applications."
        if str(provider["registration"]["clientId"]) != "{signInClientId}":
            yield f"{config.address}: people sign in through another application."
