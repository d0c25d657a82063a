"""What the scripts that run papers' experiments have in common."""
import csv
import json
import os
import subprocess
import sys


def write_json(value, path):
    """Writes the whole file or, if that is interrupted, leaves the one before. Returns the path."""
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump(value, f, separators=(",", ":"))
    os.replace(path + ".part", path)
    return path


def read_table(path):
    """The rows of a file of --metrics."""
    with open(path, encoding="utf-8") as f:
        return list(csv.DictReader(f))


class Results:
    """Results by name, kept in a file of JSON, if there is a path: a run that is there is not made again."""

    def __init__(self, path):
        self.path, self.known = path, {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                self.known = json.load(f)

    def __contains__(self, name):
        return name in self.known

    def get(self, name):
        return self.known.get(name)

    def add(self, name, value):
        # Another process may have added its own.
        if self.path and os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as f:
                self.known.update(json.load(f))
        self.known[name] = value
        if self.path:
            write_json(self.known, self.path)


def run_fed(command, expected=(0,)):
    """Runs fed-run; what it prints is not shown, but its errors are, and end this program."""
    status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
    if status not in expected:
        sys.exit(f"exit status {status}: {' '.join(command)}")


def choose(parser, text, rows):
    """The rows that a list of names chooses."""
    names = text.split(",")
    for name in names:
        if name not in rows:
            parser.error(f"there is no row `{name}`; there are {', '.join(rows)}")
    return names
