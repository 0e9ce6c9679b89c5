"""What the REST API takes of each call, by the reference of Jobs 2.2, DBFS 2.0 and policies 2.0.

Belongs here: refusals, fields and their types. The real API ignores a field that it does not know;
this one refuses it, because a misspelt field would do nothing in Azure.
"""

from collections.abc import Mapping
from typing import Any

# A field that must be there ends with "!".
CALLS: dict[str, dict[str, type]] = {
    "POST /api/2.0/dbfs/create": {"path!": str, "overwrite": bool},
    "POST /api/2.0/dbfs/add-block": {"handle!": int, "data!": str},
    "POST /api/2.0/dbfs/close": {"handle!": int},
    "GET /api/2.0/dbfs/read": {"path!": str, "offset": int, "length": int},
    "GET /api/2.0/policies/clusters/list": {"sort_column": str, "sort_order": str},
    "POST /api/2.2/jobs/runs/submit": {
        "tasks!": list,
        "run_name": str,
        "idempotency_token": str,
        "timeout_seconds": int,
        "email_notifications": dict,
        "notification_settings": dict,
    },
    "GET /api/2.2/jobs/runs/get": {"run_id!": int, "include_history": bool, "page_token": str},
    "POST /api/2.2/jobs/runs/cancel": {"run_id!": int},
}
TASK: dict[str, type] = {
    "task_key!": str,
    "new_cluster!": dict,
    "spark_python_task!": dict,
    "libraries": list,
    "timeout_seconds": int,
    "max_retries": int,
}
PYTHON_TASK: dict[str, type] = {"python_file!": str, "parameters": list, "source": str}
NEW_CLUSTER: dict[str, type] = {
    "spark_version!": str,
    "policy_id": str,
    "data_security_mode": str,
    "runtime_engine": str,
    "node_type_id": str,
    "driver_node_type_id": str,
    "instance_pool_id": str,
    "driver_instance_pool_id": str,
    "autoscale": dict,
    "num_workers": int,
    "custom_tags": dict,
    "azure_attributes": dict,
    "cluster_log_conf": dict,
    "init_scripts": list,
    "spark_conf": dict,
    "spark_env_vars": dict,
    "single_user_name": str,
    "apply_policy_default_values": bool,
}


class Refusal(Exception):  # noqa: N818
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


def invalid(message: str) -> Refusal:
    return Refusal(400, "INVALID_PARAMETER_VALUE", message)


def taken(fields: Mapping[str, type], given: Any, where: str) -> dict[str, Any]:
    """Return what was given, each value of its type; a query's values are text."""
    if not isinstance(given, dict):
        raise Refusal(400, "MALFORMED_REQUEST", f"{where}: expected an object")
    types = {name.rstrip("!"): kind for name, kind in fields.items()}
    if unknown := sorted(set(given) - set(types)):
        raise Refusal(400, "MALFORMED_REQUEST", f"{where}: unknown fields {', '.join(unknown)}")
    for name in (name[:-1] for name in fields if name.endswith("!")):
        if given.get(name) in (None, ""):
            raise invalid(f"{where}: missing required field {name}")
    for name, value in given.items():
        wanted = types[name]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise Refusal(
                400, "MALFORMED_REQUEST", f"{where}: {name} is {value!r}, not a {wanted.__name__}"
            )
    return given


def from_query(call: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return a query's values as a body would have them."""
    types = {name.rstrip("!"): kind for name, kind in CALLS[call].items()}
    found: dict[str, Any] = {}
    for name, text in query.items():
        kind = types.get(name, str)
        if kind is int:
            try:
                found[name] = int(text)
            except ValueError:
                raise invalid(f"{name} is {text!r}, not a number") from None
        else:
            found[name] = text == "true" if kind is bool else text
    return found
