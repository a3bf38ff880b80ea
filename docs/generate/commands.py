"""The page of the commands, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from docs.generate.text import code, page, plain, prose, table


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and group with its full name, in the order of `--help`."""
    from refugia.cli import app

    return _below("refugia", typer.main.get_command(app))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _below(f"{name} {word}", inner)


def commands_page() -> str:
    """Every command: what it does, its arguments and options with their defaults."""
    says = (
        "Written from the commands themselves. CASE is an id of the [catalogue](catalogue.md) or a TOML file. Input that is "
        "refused ends with one message and exit code 2; a check that fails with exit code 1."
    )
    return page("Commands", says, *(_entry(name, command) for name, command in commands()))


def _entry(name: str, command: Any) -> str:
    inner = getattr(command, "commands", {})
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and "--help" not in one.opts]
    usage = " ".join([name, *(_metavar(one) for one in arguments), *(["COMMAND"] if inner else [])])
    parts = [f"## {name}", prose(command.help or ""), f"```text\n{usage}{' [OPTIONS]' if options else ''}\n```"]
    rows = [(code(word), plain(below.get_short_help_str(200))) for word, below in inner.items() if not below.hidden]
    parts.append(table(("command", "does"), rows))
    parts.append(table(("argument", "is"), [(code(_metavar(one)), plain(getattr(one, "help", "") or "")) for one in arguments]))
    known = [(_named(one, command), _default(one), plain(one.help or "")) for one in options]
    parts.append(table(("option", "default", "is"), known))
    return "\n\n".join(part for part in parts if part)


def _metavar(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _named(option: Any, command: Any) -> str:
    """How an option is written: its names, and what it takes, as `--help` prints them."""
    names, _ = option.get_help_record(command.context_class(command))
    return code(re.sub(r"<(\w+)>", lambda found: "N" if found[1] == "int" else found[1].upper(), names))


def _default(option: Any) -> str:
    if isinstance(option.show_default, str):
        return code(option.show_default)
    if option.is_flag:
        return "on" if option.default is True else "off"
    return code(option.default) if isinstance(option.default, (int, float, str)) else ""
