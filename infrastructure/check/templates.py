"""The Bicep templates as data: what each declares, and what they would deploy together.

Belongs here: reading with pycep, references, evaluating expressions as far as files allow.
Not here: judging what is found, which is up to the modules beside this one.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pycep import BicepParser
from pycep.transformer import BicepElement


class TemplateError(ValueError):
    """A template cannot be read."""


@dataclass(frozen=True)
class Ref:
    """A property that is known only once its resource is deployed, `Ref("lake/account", "id")`."""

    resource: str
    property: str


@dataclass(frozen=True)
class Unknown:
    """A value that files do not contain, with its expression for messages.

    `longest` is how many characters it can have, where that is known.
    """

    text: str
    longest: int | None = None

    def __str__(self) -> str:
        return f"{{{self.text}:{self.longest}}}" if self.longest else f"{{{self.text}}}"


@dataclass(frozen=True)
class Template:
    """A Bicep file: its declarations as pycep reads them."""

    path: Path
    declared: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """One of parameters, variables, resources, modules, outputs."""
        declared: Mapping[str, Any] = self.declared.get(name, {})
        return declared

    def symbols_in(self, expression: Any) -> set[str]:
        """The resources and modules that an expression refers to, through variables as well."""
        found: set[str] = set()
        for name, *_ in _paths(expression):
            if name in self.section("resources") or name in self.section("modules"):
                found.add(name)
            elif name in self.section("variables"):
                found |= self.symbols_in(self.section("variables")[name]["value"])
        return found

    def module_path(self, module: str) -> Path:
        """The file that a module is made of."""
        path: str = self.section("modules")[module]["detail"]["path"]
        return self.path.parent / path


@dataclass(frozen=True)
class Resource:
    """A resource that would be deployed, its properties evaluated as far as files allow."""

    address: str
    type: str
    api_version: str
    existing: bool
    config: Mapping[str, Any]
    # Addresses of the resources and modules that have to be there first.
    after: frozenset[str] = frozenset()

    def get(self, *keys: str) -> Any:
        """The value under nested keys, None if there is none."""
        value: Any = self.config
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    @property
    def name(self) -> str:
        """Its name; what is not known yet stands in braces."""
        return str(self.get("name"))


@dataclass
class Scope:
    """A template with the arguments of one call of it."""

    address: str
    template: Template
    arguments: Mapping[str, Any]
    loop: Mapping[str, Any] = field(default_factory=dict)
    after: frozenset[str] = frozenset()

    def evaluate(self, expression: Any) -> Any:
        """The value of an expression; `Ref` or `Unknown` where only Azure knows it."""
        if isinstance(expression, BicepElement):
            return self._name(str(expression))
        if isinstance(expression, str):
            return self._text(expression)
        if isinstance(expression, list):
            return [self.evaluate(item) for item in expression]
        if not isinstance(expression, dict):
            return expression
        if "loop_type" in expression:
            return list(self._each(expression))
        if _is(expression, "operator"):
            return self._operator(expression["operator"])
        if _is(expression, "function"):
            return self._function(expression["function"])
        return {self._key(key): self.evaluate(value) for key, value in expression.items()}

    def resources(self) -> Iterator[Resource]:
        """Every resource of this template and of the modules that it calls."""
        for symbol, declared in self.template.section("resources").items():
            after = self.after | self._needed_by(declared["config"])
            for index, config in enumerate(self._instances(declared["config"])):
                address = self._address(symbol, declared["config"], index)
                yield Resource(
                    address,
                    declared["type"],
                    declared["api_version"],
                    declared["existing"],
                    config,
                    after,
                )
        for symbol, declared in self.template.section("modules").items():
            after = self.after | self._needed_by(declared["config"])
            for index, config in enumerate(self._instances(declared["config"])):
                address = self._address(symbol, declared["config"], index)
                arguments = config.get("params", {})
                yield from self._call(symbol, address, arguments, after).resources()

    def _needed_by(self, config: Any) -> frozenset[str]:
        return frozenset(self._address(name, {}, 0) for name in self.template.symbols_in(config))

    def _call(
        self,
        module: str,
        address: str,
        arguments: Mapping[str, Any],
        after: frozenset[str] = frozenset(),
    ) -> "Scope":
        return Scope(address, read(self.template.module_path(module)), arguments, after=after)

    def _address(self, symbol: str, config: Any, index: int) -> str:
        full = f"{self.address}/{symbol}" if self.address else symbol
        return f"{full}[{index}]" if "loop_type" in config else full

    def _instances(self, config: Any) -> list[Any]:
        if "loop_type" in config:
            return list(self._each(config))
        if "condition" in config:
            # What only Azure knows counts as met.
            wanted = self.evaluate(config["condition"]) is not False
            return [self.evaluate(config["config"])] if wanted else []
        return [self.evaluate(config)]

    def _each(self, loop: Mapping[str, Any]) -> Iterator[Any]:
        detail = loop["loop_type"]["detail"]
        array = _named(detail["array_name"])
        items = self.evaluate(array)
        if not isinstance(items, list):
            items = [Unknown(f"each of {_told(array)}")]
        for index, item in enumerate(items):
            names = {detail["item_name"]: item, detail.get("index_name", ""): index}
            inner = Scope(self.address, self.template, self.arguments, {**self.loop, **names})
            yield inner.evaluate(loop["config"])

    def _name(self, name: str) -> Any:
        if name in self.loop:
            return self.loop[name]
        if name in self.arguments:
            return self.arguments[name]
        if name in self.template.section("parameters"):
            default = self.template.section("parameters")[name]["default"]
            return Unknown(name) if default is None else self.evaluate(default)
        if name in self.template.section("variables"):
            return self.evaluate(self.template.section("variables")[name]["value"])
        if name in self.template.section("resources"):
            return Ref(self._address(name, {}, 0), "")
        return Unknown(name)

    def _text(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            found = self.evaluate(_expression(match[1]))
            return (
                f"{{{found.resource}.{found.property}}}" if isinstance(found, Ref) else str(found)
            )

        return _INTERPOLATED.sub(value, text)

    def _key(self, key: str) -> str:
        return self._text(key.strip("'"))

    def _operator(self, operator: Mapping[str, Any]) -> Any:
        if operator["type"] == "property_accessor":
            first, *path = _flatten(operator)
            return self._property(first, path)
        if operator["type"] == "index_accessor":
            base = operator["operands"]["operand_1"]
            index = self.evaluate(operator["operands"]["operand_2"])
            if isinstance(base, BicepElement) and base in self.template.section("resources"):
                return Ref(f"{self._address(str(base), {}, 0)}[{index}]", "")
        if operator["type"] in ("conditional", "not", "and", "or"):
            return self._logic(operator["type"], operator["operands"])
        return Unknown(_told({"operator": operator}))

    def _logic(self, kind: str, operands: Mapping[str, Any]) -> Any:
        if kind == "conditional":
            condition = self.evaluate(operands["condition"])
            if isinstance(condition, bool):
                return self.evaluate(operands["true_value" if condition else "false_value"])
            return Unknown(_told({"operator": {"type": kind, "operands": operands}}))
        values = [self.evaluate(operand) for operand in operands.values()]
        if kind == "not":
            return not values[0] if isinstance(values[0], bool) else values[0]
        decisive = kind == "or"
        if decisive in values:
            return decisive
        unknown = [value for value in values if not isinstance(value, bool)]
        return unknown[0] if unknown else not decisive

    def _property(self, first: Any, path: list[str]) -> Any:
        symbol = str(first)
        if isinstance(first, BicepElement) and symbol not in self.loop:
            if symbol in self.template.section("modules") and path[:1] == ["outputs"]:
                declared = self.template.section("modules")[symbol]["config"]
                arguments = self.evaluate(declared.get("config", declared).get("params", {}))
                called = self._call(symbol, self._address(symbol, {}, 0), arguments)
                output = called.template.section("outputs").get(path[1])
                return called.evaluate(output["value"]) if output else Unknown(symbol)
            if symbol in self.template.section("resources"):
                return Ref(self._address(symbol, {}, 0), ".".join(path))
        value = self.evaluate(first)
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else Unknown(".".join(path))
        return value

    def _function(self, function: Mapping[str, Any]) -> Any:
        given = function.get("parameters") or {}
        values = [self.evaluate(value) for value in given.values() if value is not None]
        match function["type"]:
            case "concat" if all(isinstance(value, list) for value in values):
                return [item for value in values for item in value]
            case "string" if isinstance(values[0], bool | int):
                return str(values[0]).lower()
            case "empty" if not isinstance(values[0], Ref | Unknown):
                return not values[0]
            case "take" if isinstance(values[0], Unknown):
                return Unknown(values[0].text, int(values[1]))
            case "unique_string":
                return Unknown("unique_string", 13)
            case "load_json_content":
                return json.loads((self.template.path.parent / values[0]).read_text("utf-8"))
            case "load_text_content":
                return (self.template.path.parent / values[0]).read_text("utf-8")
        rest = f".{function['property_name']}" if function.get("property_name") else ""
        return Unknown(f"{function['type']}({', '.join(map(str, values))}){rest}")


@cache
def read(path: Path) -> Template:
    """Read a template, once.

    Raises:
        TemplateError: pycep, and so checkov, cannot read it.
    """
    return Template(path, _parse(path.read_text("utf-8"), str(path)))


def templates_of(root: Path) -> list[Template]:
    """Every template under a folder, main.bicep among them."""
    return [read(path) for path in sorted(root.rglob("*.bicep"))]


def deployed(root: Path, values: Mapping[str, Any] | None = None) -> list[Resource]:
    """Every resource that main.bicep would deploy with these values of its parameters."""
    main = read(root / "main.bicep")
    return list(Scope("", main, values or {}).resources())


def outputs(root: Path, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What main.bicep would hand out."""
    main = read(root / "main.bicep")
    scope = Scope("", main, values or {})
    return {name: scope.evaluate(out["value"]) for name, out in main.section("outputs").items()}


def of_type(resources: Sequence[Resource], kind: str) -> list[Resource]:
    """The resources of a type that would be made, not those only referred to."""
    return [found for found in resources if found.type == kind and not found.existing]


# An interpolation; none of ours holds a brace.
_INTERPOLATED = re.compile(r"\$\{([^{}]*)\}")


@cache
def _parser() -> BicepParser:
    return BicepParser()


def _parse(text: str, path: str) -> Mapping[str, Any]:
    try:
        return _declarations(text)
    except Exception as error:
        reason = str(error).partition("Expected one of")[0].strip()
        raise TemplateError(f"{path}: pycep cannot read it. {reason}") from error


@cache
def _declarations(text: str) -> Mapping[str, Any]:
    return _parser().parse(text=text)


@cache
def _expression(text: str) -> Any:
    return _parse(f"var it = {text}\n", text)["variables"]["it"]["value"]


def _is(expression: Mapping[str, Any], kind: str) -> bool:
    """Whether it is an operator or a function, and not an object with a key of that name."""
    return isinstance(expression.get(kind), dict) and "type" in expression[kind]


def _flatten(operator: Mapping[str, Any]) -> list[Any]:
    """`a.b.c` as [a, b, c]; pycep nests to the right."""
    first, rest = operator["operands"]["operand_1"], operator["operands"]["operand_2"]
    if isinstance(rest, dict) and _is_path(rest):
        return [first, *_flatten(rest["operator"])]
    return [first, rest]


def _is_path(expression: Mapping[str, Any]) -> bool:
    return _is(expression, "operator") and expression["operator"]["type"] == "property_accessor"


def _paths(expression: Any) -> Iterator[tuple[str, ...]]:
    """The names that an expression uses, each with the properties read of it."""
    if isinstance(expression, BicepElement):
        yield (str(expression),)
    elif isinstance(expression, str):
        for inner in _INTERPOLATED.findall(expression):
            yield from _paths(_expression(inner))
    elif isinstance(expression, list):
        for item in expression:
            yield from _paths(item)
    elif isinstance(expression, dict):
        if _is_path(expression):
            first, *path = _flatten(expression["operator"])
            if isinstance(first, BicepElement):
                yield (str(first), *map(str, path))
            else:
                yield from _paths(first)
            return
        for key, value in expression.items():
            yield from _paths(str(key))
            yield from _paths(_named(value) if key == "array_name" else value)


def _named(array: Any) -> Any:
    """What a loop goes through; pycep gives a name as plain text where there is an index, too."""
    return BicepElement(array) if isinstance(array, str) else array


def _told(expression: Any) -> str:
    return " ".join(sorted({".".join(path) for path in _paths(expression)})) or str(expression)
