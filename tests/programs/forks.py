"""Run commands of an environment in forks of one interpreter, which has imported what every project depends on.

`forks.py SOCKET`, run by the environment's Python, is the interpreter: it imports, listens, and forks for each command.
It imports nothing of a project, and no package that only some projects have, so a page that forgets a dependency fails.
It starts no thread. It ends at the end of its standard input, and so with the tests, however these end.

`forks.py SOCKET COMMAND…` stands where `uv run` expects a command. It sends the words, the folder, the variables and
the three standard files. The fork takes them over, finds the project as a new interpreter does, and runs the file that
the command is. It ends when all that the program registered for its end has run; `forks.py` then exits with the same
code. A command that is not Python of the environment, such as `ruff`, is run as it is.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, recv_fds, send_fds, socket
from types import ModuleType
from typing import NamedTuple

# Every project has these, and they take long to import.
DEPENDENCIES = [
    "alembic.autogenerate",
    "alembic.command",
    "alembic.config",
    "asyncio",
    "execnet",
    "pydantic_settings",
    "pytest",
    "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.ext.mutable",
    "sqlalchemy.orm",
    "tenacity",
    "unittest",
]


class Command(NamedTuple):
    """A command that somebody types, and where."""

    words: list[str]
    folder: str
    variables: dict[str, str]

    @property
    def programs(self) -> Path:
        """The folder of the environment's programs."""
        return Path(self.variables["VIRTUAL_ENV"]) / "bin"

    @property
    def is_python(self) -> bool:
        """Whether it is a program or a module for the environment's Python, started without options."""
        if any(name.startswith("PYTHON") and name != "PYTHONDONTWRITEBYTECODE" for name in self.variables):
            return False  # Python reads them at its start
        if self.words[0] == "python":
            return len(self.words) > 1 and (self.words[1] == "-m" or self.words[1].endswith(".py"))
        with suppress(OSError), (self.programs / self.words[0]).open("rb") as file:
            return file.readline().strip() == f"#!{self.programs / 'python'}".encode()
        return False


def ask(path: str, command: Command) -> int:
    """Have a fork run a command, and return its exit code."""
    with socket(AF_UNIX) as connection:
        connection.connect(path)
        send_fds(connection, [b" "], [0, 1, 2])
        connection.sendall(json.dumps(command).encode() + b"\n")
        code = int(connection.makefile().readline())
    if code < 0:
        os.kill(os.getpid(), -code)  # the same signal
    return code


def serve(path: str) -> Command:
    """Fork for each command that arrives, and return it in the fork, which has its standard files."""
    import signal
    from select import select

    running: dict[int, socket] = {}  # the connections that expect exit codes
    woken, waking = os.pipe()  # a signal alone would not end select(), https://peps.python.org/pep-0475/
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with socket(AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("listening", flush=True)
        while True:
            ready, _, _ = select([listener, sys.stdin, woken], [], [])
            if sys.stdin in ready:
                sys.exit()
            if woken in ready:
                os.read(woken, 4096)
                tell_ends(running)
            if listener in ready:
                connection, _ = listener.accept()
                if (child := os.fork()) == 0:
                    break
                running[child] = connection
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for descriptor in (woken, waking):
        os.close(descriptor)
    for other in running.values():
        other.close()
    _, files, _, _ = recv_fds(connection, 1, 3)
    command = Command(*json.loads(connection.makefile().readline()))
    connection.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    return command


def tell_ends(running: dict[int, socket]) -> None:
    """Send the exit codes of the processes that have ended to the other side."""
    with suppress(ChildProcessError):  # there is no process
        while running:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            with suppress(OSError), running.pop(child) as connection:  # nobody waits for it
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def run(command: Command) -> None:
    """Run a command in this process, as if Python had just been started for it."""
    import importlib
    import runpy
    import site
    import sysconfig
    import time

    os.chdir(command.folder)
    os.environ.clear()
    os.environ.update(command.variables)
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    time.tzset()
    importlib.invalidate_caches()
    site.addsitedir(sysconfig.get_path("purelib"))  # a file there says where the project is
    first, *others = command.words
    sys.path[1:1] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    if first == "python" and others[0] == "-m":
        sys.path[0], sys.argv = command.folder, others[1:]
        runpy.run_module(others[1], run_name="__main__", alter_sys=True)
        return
    # runpy.run_path() would change sys.argv[0], and restore __main__ before threads and atexit have ended
    module = sys.modules["__main__"] = ModuleType("__main__")
    source: str | bytes
    if first == "python" and others[0] == "-c":
        _, source, *others = others
        file, sys.path[0], sys.argv = "<string>", "", ["-c", *others]
    else:
        program = Path(others.pop(0) if first == "python" else command.programs / first)
        source, file, module.__file__ = program.read_bytes(), str(program), str(program.absolute())
        sys.path[0], sys.argv = str(program.parent.resolve()), [file, *others]
    exec(compile(source, file, "exec"), vars(module))  # noqa: S102 - it is what Python does


def warm_up() -> None:
    """Import what every project depends on; a warning is an error, as in the tests of a project.

    PRELOADED names more modules, for an environment of which nothing can be missing.
    """
    import gc
    import importlib
    import warnings

    with warnings.catch_warnings(action="error"):
        for name in [*DEPENDENCIES, *os.environ.get("PRELOADED", "").split()]:
            importlib.import_module(name)
    # An ignored one makes C forget the filters of the block above, which it would use when the interpreter ends.
    warnings.warn("", ResourceWarning, stacklevel=1)
    # a collection in a fork would write to all objects, and so copy their memory
    # https://docs.python.org/3/library/gc.html#gc.freeze
    gc.freeze()


def leave(codes: list[int]) -> None:
    """End this process with an exit code, after all that a program has registered for its end.

    Python itself would delete all modules, which copies their memory: two thirds of the time of a fork.
    """
    import gc

    program = vars(sys.modules["__main__"])
    if program is not globals():
        program.clear()  # as Python does first, so that objects can say what was left open
    gc.collect()
    with suppress(AttributeError, OSError, ValueError):  # Python says what is wrong with the standard files
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(codes[-1] if codes else 0)


def main(path: str, *words: str) -> None:
    """Be one of the two sides."""
    if not words:
        import atexit

        codes: list[int] = []
        atexit.register(leave, codes)  # the first one is called last
        warm_up()
        command = serve(path)
        try:
            run(command)
        except KeyboardInterrupt:
            atexit.unregister(leave)  # Python ends by the signal
            raise
        except SystemExit as error:
            codes.append(error.code if isinstance(error.code, int) else int(error.code is not None))
            raise
        except BaseException:
            codes.append(1)
            raise
        return
    command = Command([*words], str(Path.cwd()), dict(os.environ))
    if not command.is_python:
        os.execvp(words[0], words)  # noqa: S606 - there is no shell in `uv run`
    sys.exit(ask(path, command))


if __name__ == "__main__":
    main(*sys.argv[1:])
