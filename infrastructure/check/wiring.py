"""Do templates and scripts fit together: parameters given and used, outputs declared and read?

Belongs here: claims that hold for any set of templates and the scripts that deploy them.
Not here: what these resources ought to be.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from infrastructure.check.templates import Template, read, templates_of


def faults(root: Path) -> Iterator[str]:
    """Say what does not fit together in the templates under a folder."""
    templates = templates_of(root)
    for template in templates:
        yield from _unused_declarations(template)
        for module in template.section("modules"):
            yield from _wrong_arguments(template, module)
    yield from _idle_modules(root, templates)
    yield from _outputs(root, templates)


def _unused_declarations(template: Template) -> Iterator[str]:
    for section in ("parameters", "variables"):
        for name in template.section(section):
            if name not in template.references:
                yield f"{template.path.name}: {section[:-1]} {name} is used by nothing."


def _wrong_arguments(template: Template, module: str) -> Iterator[str]:
    path = template.module_path(module)
    if not path.is_file():
        yield f"{template.path.name}: module {module} names {path.name}, which does not exist."
        return
    config = template.section("modules")[module]["config"]
    given = set(config.get("config", config).get("params", {}))
    declared = read(path.resolve()).section("parameters")
    required = {name for name, parameter in declared.items() if parameter["default"] is None}
    for name in sorted(required - given):
        yield f"{template.path.name}: module {module} is not given {name}, which it requires."
    for name in sorted(given - set(declared)):
        yield f"{template.path.name}: module {module} is given {name}, which it does not declare."


def _idle_modules(root: Path, templates: Sequence[Template]) -> Iterator[str]:
    called = {
        template.module_path(module).resolve()
        for template in templates
        for module in template.section("modules")
    }
    for template in templates:
        if template.path not in called and template.path != (root / "main.bicep").resolve():
            yield f"{template.path.name}: no template uses this module."


def _outputs(root: Path, templates: Sequence[Template]) -> Iterator[str]:
    read_of: set[tuple[Path, str]] = set()
    for template in templates:
        for module, output in template.outputs_used:
            path = template.module_path(module).resolve()
            read_of.add((path, output))
            if path.is_file() and output not in read(path).section("outputs"):
                yield f"{template.path.name}: module {module} has no output {output}."
    main = read((root / "main.bicep").resolve())
    needed: set[str] = set()
    for script in sorted(root.glob("*.sh")):
        names = set(re.findall(r"\$\(output (\w+)\)", script.read_text("utf-8")))
        needed |= names
        for name in sorted(names - main.section("outputs").keys()):
            yield f"{script.name}: main.bicep has no output {name}."
    for template in templates:
        for output in template.section("outputs"):
            if template.path == main.path:
                if output not in needed:
                    yield f"main.bicep: output {output} is read by no script."
            elif (template.path, output) not in read_of:
                yield f"{template.path.name}: output {output} is used by nothing."
