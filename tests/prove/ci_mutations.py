"""Checks on what CI gets to read and to use, each taken out by one small change."""

from __future__ import annotations

from tests.prove.mutations import Mutation

_TOLD = ("test_reporting.py",)
_LOG = ("cli/test_ci_output.py",)
_ENV = ("cli/test_env.py",)
_FILES = ("domain/test_exports.py",)

CI_MUTATIONS = (
    # logs
    Mutation("`##[` reaches a runner", "reporting.py", 'if "##[" in text:', "if False:", _TOLD),
    Mutation(
        "`::` begins a line",
        "reporting.py",
        ' if text.lstrip(" ").startswith("::") else text',
        " if 0 else text",
        _TOLD,
    ),
    Mutation("`##[` in JSON reaches a runner", "cli/output.py", 'text.replace("##[", "##\\\\u005b")', "text", _LOG),
    Mutation("errors are folded away", "cli/output.py", "yield faults.append", "yield self.fault", _LOG),
    Mutation(
        "a part stays folded when it is broken off",
        "cli/output.py",
        "        finally:\n            self._write(end(clock()))",
        "        except ZeroDivisionError:\n            pass\n        else:\n            self._write(end(clock()))",
        _LOG,
    ),
    Mutation("a percent sign is read as an escape", "domain/runner_log.py", '"%": "%25", ', "", _FILES),
    Mutation("a title ends the properties", "domain/runner_log.py", ', ":": "%3A"', "", _FILES),
    Mutation("bars are drawn where nobody watches", "environment.py", " and not self.is_ci", "", _TOLD),
    # what a job uses
    Mutation(
        "a line feed begins another variable",
        "domain/exports.py",
        'is_line = "\\n" not in value and ',
        "is_line = ",
        _FILES,
    ),
    Mutation("a value may hold the delimiter", "domain/exports.py", "if delimiter in value:", "if False:", _FILES),
    Mutation(
        "a directory may be two lines",
        "domain/exports.py",
        'if "\\n" in directory or "\\r" in directory:',
        "if False:",
        _FILES,
    ),
    Mutation("the main version comes last", "domain/exports.py", "in reversed(directories)", "in directories", _ENV),
    Mutation("GitLab reads blanks", "domain/exports.py", "if not value.isprintable() or ", "if ", _FILES),
    Mutation("a shell takes an error for nothing to do", "plumbing/env.py", "print(FAILED)", "pass", _ENV),
    Mutation(
        "a version without an interpreter is told of",
        "selection/prefixes.py",
        "if not (os.path.isfile(found.python) and os.access(found.python, os.X_OK)):",
        "if False:",
        _ENV,
    ),
    Mutation(
        "the system's Python is told of", "selection/prefixes.py", "if selection.names[0] == SYSTEM:", "if False:", _ENV
    ),
    Mutation("a lock takes any build", "selection/prefixes.py", "if _is_from(name, sha256, installed))", ")", _ENV),
    Mutation("a cell of the summary ends early", "cli/job_summary.py", '.replace("|", "\\\\|")', "", _ENV),
    Mutation("code of the summary ends early", "cli/job_summary.py", '.replace("`", "\'")', "", _ENV),
)
