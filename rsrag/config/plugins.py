"""Plugins: what other packages add, found by their entry points.

A plugin is imported when its name is asked for, and each of its calls is watched: what
goes wrong in it is an error that names it. docs/plugins.md: what each kind promises.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rsrag.errors import PluginError, RsragError

PLUGIN_KINDS = ("encoders", "stores", "generators", "importers")
"""Each is a group of entry points, ``rsrag.encoders`` and so on."""

Checks = Mapping[str, Callable[[Any], object]]

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Plugin:
    """What another package adds: an encoder, a store, a language model, an importer.

    Attributes:
        kind: ``encoders``, ``stores``, ``generators`` or ``importers``.
        name: that a person types.
        package: that brings it, with its version.
    """

    kind: str
    name: str
    package: str
    _entry: Any

    def __str__(self) -> str:
        return f"{self.name} ({self.kind[:-1]} of {self.package})"

    @contextmanager
    def blamed(self, doing: str) -> Iterator[None]:
        """Whatever goes wrong inside the block is this plugin's fault.

        Raises:
            PluginError: in place of any error that is not rsrag's own.
        """
        try:
            yield
        except RsragError:
            raise
        except Exception as exc:
            raise self.fault(f"{doing} failed: {type(exc).__name__}: {exc}") from exc

    def fault(self, what: str) -> PluginError:
        """The error that says what this plugin does wrong."""
        package = self.package.partition(" ")[0]
        return PluginError(
            f"The plugin {self}: {what}.",
            hint=f"ask who makes it, or pip uninstall {package}",
        )

    def load(self, *names: str) -> Any:
        """Import it: a callable, or what has such methods.

        Raises:
            PluginError: it cannot be imported, or lacks one of them.
        """
        with self.blamed("importing it"):
            loaded = self._entry.load()
        for name in names or ("__call__",):
            if not callable(getattr(loaded, name, None)):
                raise self.fault(f"{self._entry.value} has no {name}()")
        return loaded

    def guarded(self, made: Any, protocol: type, checks: Checks) -> Any:
        """The same object, each of its calls watched.

        Args:
            made: by the plugin.
            protocol: that it shall keep.
            checks: by method; one raises an :class:`RsragError` for a result that
                breaks the protocol.

        Raises:
            PluginError: it lacks what the protocol has; each call raises it, too.
        """
        parts = {
            n for base in protocol.__mro__ if base is not object for n in vars(base)
        }
        wanted = [n for n in parts if n == "__len__" or not n.startswith("_")]
        lacks = [n for n in wanted if not (hasattr(type(made), n) or hasattr(made, n))]
        if lacks:
            raise self.fault(f"{type(made).__name__} lacks {', '.join(sorted(lacks))}")
        return _Guarded(made, self, checks)


class _Guarded:
    """What a plugin made; what goes wrong in it is an error that names the plugin."""

    def __init__(self, made: Any, plugin: Plugin, checks: Checks) -> None:
        self._made, self._plugin, self._checks = made, plugin, checks

    def __len__(self) -> int:
        return int(self.__getattr__("__len__")())

    def __bool__(self) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        plugin, check = self._plugin, self._checks.get(name)
        with plugin.blamed(name):
            found = getattr(self._made, name, _MISSING)
        if found is _MISSING:
            raise AttributeError(name)
        if not callable(found):
            return found

        def call(*args: Any, **given: Any) -> Any:
            with plugin.blamed(f"{name}()"):
                result = found(*args, **given)
            try:
                if check:
                    check(result)
            except RsragError as exc:
                raise plugin.fault(f"{name}() gave what it must not: {exc}") from exc
            return result

        return call


def plugins(kind: str | None = None) -> list[Plugin]:
    """What other packages add, by kind and name; none of it is imported."""
    from importlib.metadata import entry_points

    return sorted(
        (
            Plugin(
                one.group.removeprefix("rsrag."),
                one.name,
                f"{one.dist.name} {one.dist.version}" if one.dist else "no package",
                one,
            )
            for group in ([kind] if kind else PLUGIN_KINDS)
            for one in entry_points(group=f"rsrag.{group}")
        ),
        key=str,
    )


def find_plugin(kind: str, name: str) -> Plugin | None:
    """The plugin of a name that nothing built in has.

    Raises:
        PluginError: two packages have one of that name.
    """
    found = [one for one in plugins(kind) if one.name == name]
    if len({one.package for one in found}) > 1:
        packages = " and ".join(one.package for one in found)
        raise PluginError(
            f"{name} is the name of {kind} of {packages}.",
            hint="pip uninstall one of them",
        )
    return found[0] if found else None
