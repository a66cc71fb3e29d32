"""The files of a simulated box, in memory: what is read and written there, and who may."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from fnmatch import fnmatchcase


class Trouble(Exception):
    """What the kernel says: ``No such file or directory``, ``Permission denied`` ..."""


ABSENT = "No such file or directory"
DENIED = "Permission denied"
EXISTS = "File exists"
IS_DIR = "Is a directory"
NOT_DIR = "Not a directory"


@dataclass
class Node:
    """A file with its text, or a folder (``text`` is None), or a ``link`` to another path."""

    text: str | None
    owner: str
    mode: int
    changed: float
    link: str = ""

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.text is None and not self.link

    def allows(self, who: str, bit: int) -> bool:
        """Whether ``who`` may read (4), write (2) or enter and run (1) it."""
        if who == "root":
            return True
        return bool(self.mode & (bit << 6 if self.owner == who else bit))


class Files:
    """A tree of nodes by absolute path. Everything is done by somebody: ``deploy`` or ``root``."""

    def __init__(self, now: float) -> None:
        self.nodes: dict[str, Node] = {"/": Node(None, "root", 0o755, now)}

    def put(self, path: str, text: str | None, owner: str, mode: int, now: float) -> None:
        """Have a file, or a folder, with all folders above it."""
        above = posixpath.dirname(path)
        if above not in self.nodes:
            self.put(above, None, owner, 0o755, now)
        self.nodes[path] = Node(text, owner, mode, now)

    def _true(self, path: str) -> str:
        """The path behind links."""
        done = "/"
        for name in path.strip("/").split("/"):
            done = posixpath.join(done, name) if name else done
            for _ in range(8):
                node = self.nodes.get(done)
                if node is None or not node.link:
                    break
                done = posixpath.normpath(posixpath.join(posixpath.dirname(done), node.link))
        return done

    def find(self, path: str, *, follow: bool = True) -> Node | None:
        """What is at a path."""
        where = self._true(posixpath.dirname(path))
        path = posixpath.join(where, posixpath.basename(path)) if path != "/" else path
        return self.nodes.get(self._true(path) if follow else path)

    def get(self, path: str, who: str, bit: int = 0) -> Node:
        """What is at a path, if ``who`` may get there and has the right ``bit`` there.

        Raises:
            Trouble: nothing is, or they may not.
        """
        self._enter(path, who)
        node = self.find(path)
        if node is None:
            raise Trouble(ABSENT)
        if bit and not node.allows(who, bit):
            raise Trouble(DENIED)
        return node

    def _enter(self, path: str, who: str) -> None:
        parts = posixpath.dirname(path).strip("/").split("/")
        for count in range(len(parts) + 1):
            above = "/" + "/".join(parts[:count])
            node = self.find(above)
            if node is None:
                raise Trouble(ABSENT)
            if not node.folder:
                raise Trouble(NOT_DIR)
            if not node.allows(who, 1):
                raise Trouble(DENIED)

    def read(self, path: str, who: str) -> str:
        """A file's text.

        Raises:
            Trouble: there is no such file, or it may not be read.
        """
        node = self.get(path, who, 4)
        if node.text is None:
            raise Trouble(IS_DIR)
        return node.text

    def write(
        self, path: str, text: str, who: str, now: float, *, more: bool = False, new: bool = False
    ) -> None:
        """Write a file anew, or ``more`` at its end; ``new``: only if there is none.

        Raises:
            Trouble: it may not be written, or is there already.
        """
        path = self._true(path)
        self._enter(path, who)
        node = self.nodes.get(path)
        if node is None:
            self._may_change(path, who)
            self.nodes[path] = Node(text, who, 0o644, now)
            return
        if new:
            raise Trouble(EXISTS)
        if node.text is None:
            raise Trouble(IS_DIR)
        if not node.allows(who, 2):
            raise Trouble(DENIED)
        node.text = node.text + text if more else text
        node.changed = now

    def _may_change(self, path: str, who: str) -> None:
        """Whether names may come and go in the folder of a path."""
        above = self.find(posixpath.dirname(path))
        if above is None:
            raise Trouble(ABSENT)
        if not above.allows(who, 2):
            raise Trouble(DENIED)

    def make_folder(self, path: str, who: str, now: float) -> None:
        """Make one folder.

        Raises:
            Trouble: it is there, or its parent is not, or they may not.
        """
        self._enter(path, who)
        if self.find(path, follow=False) is not None:
            raise Trouble(EXISTS)
        self._may_change(path, who)
        self.nodes[self._true(path)] = Node(None, who, 0o755, now)

    def link(self, target: str, path: str, who: str, now: float, *, soft: bool) -> None:
        """A second name of a file, or a ``soft`` one.

        Raises:
            Trouble: the name is taken, or there is nothing to be named, or they may not.
        """
        self._enter(path, who)
        if self.find(path, follow=False) is not None:
            raise Trouble(EXISTS)
        self._may_change(path, who)
        node = Node(None, who, 0o777, now, target) if soft else self.get(target, who)
        self.nodes[path] = node

    def remove(self, path: str, who: str) -> None:
        """Take a name away; a folder's with all that is in it.

        Raises:
            Trouble: there is none, or they may not.
        """
        self._enter(path, who)
        if self.find(path, follow=False) is None:
            raise Trouble(ABSENT)
        self._may_change(path, who)
        for inner in [p for p in self.nodes if p == path or p.startswith(f"{path}/")]:
            del self.nodes[inner]

    def move(self, source: str, target: str, who: str) -> None:
        """Rename, over what is there.

        Raises:
            Trouble: there is nothing to rename, or they may not.
        """
        self._enter(source, who)
        self._enter(target, who)
        if self.find(source, follow=False) is None:
            raise Trouble(ABSENT)
        self._may_change(source, who)
        self._may_change(target, who)
        for inner in [p for p in self.nodes if p == target or p.startswith(f"{target}/")]:
            del self.nodes[inner]
        for inner in [p for p in self.nodes if p == source or p.startswith(f"{source}/")]:
            self.nodes[target + inner[len(source) :]] = self.nodes.pop(inner)

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in their order."""
        true = self._true(folder).rstrip("/")
        return sorted(
            path[len(true) + 1 :]
            for path in self.nodes
            if path != "/" and posixpath.dirname(path).rstrip("/") == true
        )

    def matching(self, pattern: str) -> list[str]:
        """The paths that a pattern means, in their order; nothing hidden unless it says so."""
        depth = pattern.count("/")
        return sorted(
            path
            for path in self.nodes
            if path.count("/") == depth
            and all(
                fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))
                for name, part in zip(path.split("/"), pattern.split("/"), strict=True)
            )
        )
