"""May a SQLite ledger stand in this folder? On a network or cloud folder it is lost sooner or later."""

from __future__ import annotations

import sys
from pathlib import Path

from sync.errors import LedgerError

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "ncpfs", "9p", "davfs", "fuse.sshfs", "fuse.rclone",
     "fuse.davfs2", "fuse.gvfsd-fuse", "fuse.s3fs", "glusterfs", "ceph", "lustre", "afpfs", "webdav"}
)  # fmt: skip
"""File systems whose locks do not hold SQLite's promise (the "SQLite over a network" page of its manual)."""

CLOUD = (
    "onedrive",
    "dropbox",
    "google drive",
    "googledrive",
    "my drive",
    "icloud drive",
    "icloud~",
    "com~apple~clouddocs",
    "cloudstorage",
    "nutstore",
    "坚果云",
    "我的坚果云",
    "baidunetdisk",
    "baidusyncdisk",
    "百度网盘",
    "wps云盘",
    "wps cloud files",
    "wpsdrive",
    "腾讯微云",
    "box sync",
    "pcloud",
    "syncthing",
    "nextcloud",
    "owncloud",
    "seafile",
    "seadrive",
)
"""Beginnings of folder names that sync clients use; a copy of a ledger in use is half of one."""


def refuse_far_away(path: Path) -> None:
    """Raises LedgerError where the folder is a network or cloud folder."""
    full = path.absolute()
    why = cloud_folder(full) or network_folder(full)
    if why:
        raise LedgerError(
            "the ledger {path} would stand in {why}, where a SQLite file is damaged sooner or later; "
            "write `ledger:` with a path on this computer's own disk, or a postgresql:// address, in offbook.yaml",
            path=path,
            why=why,
        )


def cloud_folder(path: Path) -> str:
    """The name of the folder that a sync client copies, "" where there is none."""
    for part in path.parts[:-1]:
        name = part.casefold()
        if any(name == word or name.startswith((f"{word} ", f"{word}-", f"{word}(")) for word in CLOUD):
            return part
    return ""


def network_folder(path: Path) -> str:
    """What kind of network folder it is, "" where it is none or nobody can tell."""
    text = str(path)
    if text.startswith(("\\\\", "//")) and not text.startswith(("\\\\?\\", "\\\\.\\")):
        return "a network share"
    if sys.platform == "win32":
        return "a network drive" if _windows_remote(path) else ""
    kind = _mounted_as(path)
    return f"a network folder ({kind})" if kind in NETWORK else ""


def _windows_remote(path: Path) -> bool:
    import ctypes

    drive_remote = 4
    windll = getattr(ctypes, "windll", None)
    return windll is not None and windll.kernel32.GetDriveTypeW(path.anchor) == drive_remote


def _mounted_as(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The file system of the nearest mount point above, where the system lists them."""
    best, kind = "", ""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    real = str(path.parent.resolve())
    for line in lines:
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ") if len(fields) > 2 else ""
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if point and inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
