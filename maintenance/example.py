"""Commit the project of the default options to a checkout of the example repository.

python -m maintenance.example CHECKOUT

The commit names the version of the template; its diff shows what the release changes for everyone. If nothing
differs, it makes no commit. The caller has the key, and pushes.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from maintenance import ROOT, UV
from maintenance.release_notes import version

AUTHOR = {"user.name": "github-actions[bot]", "user.email": "41898282+github-actions[bot]@users.noreply.github.com"}


def generated(folder: Path) -> Path:
    """Generate the project of the default options, lock it, and return its folder."""
    config = folder / "config.yml"  # without settings of the user
    config.write_text(f"cookiecutters_dir: {folder / 'clones'}\nreplay_dir: {folder / 'replay'}\n", "utf-8")
    output = folder / "projects"
    options = ["--no-input", "--config-file", str(config), "--output-dir", str(output)]
    subprocess.run([sys.executable, "-m", "cookiecutter", str(ROOT), *options], check=True, stdout=sys.stderr)
    [project] = output.iterdir()
    subprocess.run([UV, "lock", "--quiet"], cwd=project, check=True)
    return project


def git(checkout: Path, *words: str) -> str:
    """Run git in a checkout, and return what it prints."""
    return subprocess.run(["git", *words], cwd=checkout, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def commit(project: Path, checkout: Path, message: str) -> bool:
    """Make a checkout the same as a project, and return whether there was anything to commit."""
    git(checkout, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")
    shutil.copytree(project, checkout, dirs_exist_ok=True)
    git(checkout, "add", "--all")
    if not git(checkout, "status", "--porcelain"):
        return False
    author = [word for name, value in AUTHOR.items() for word in ("-c", f"{name}={value}")]
    git(checkout, *author, "commit", "--quiet", "--message", message)
    return True


def main(checkout: Path) -> str:
    """Update a checkout to this version of the template; return the message of the commit, or that nothing differs."""
    if Path(git(checkout, "rev-parse", "--show-toplevel").strip()) != checkout.resolve():
        raise ValueError(f"{checkout} is not the folder of a repository")
    message = f"Generate with cookiecutter-sqlalchemy {version(ROOT)}"
    with TemporaryDirectory() as folder:
        return (
            message if commit(generated(Path(folder)), checkout, message) else "Nothing differs from the last release"
        )


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
