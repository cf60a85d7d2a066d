# SPDX-License-Identifier: Apache-2.0
"""What all tools have in common: started in a control group of their own, and ready when they have begun to measure."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

from .control_group import ControlGroup


class DoesNotRun(Exception):
    """The tool does not run on this host; the text is the reason that it gave."""


def fetch(url, data=None, timeout=60):
    with urllib.request.urlopen(url, data=data, timeout=timeout) as answer:
        return answer.read().decode("utf-8", "replace")


def package_file(program, path):
    """A file of the package that `program` came from, installed or unpacked."""
    return pathlib.Path(shutil.which(program)).resolve().parents[2] / path


class Tool:
    """One tool as it runs all the time, with one sample a second.

    Subclasses say `name`, `program` (looked for in PATH) and `command()`, and what of the following applies:
    `once(samples)`, a command that takes so many samples and ends; `url`, scraped once a second; `accounted(comm)`.
    """

    name = ""
    program = ""
    url = None           # what is scraped, if it only measures when it is asked
    settle = 1.0         # seconds from ready until it does what it does all the time
    samples = True       # it tells of all processes at each sample; otherwise it follows events
    tells_of_processes = True  # accounted() has an answer
    samples_by_itself = False  # though it has a url
    environment = {}

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pmon-bench-"))
        self.group = None
        self.process = None
        self.scraper = None

    # Words of the command line.
    def command(self):
        raise NotImplementedError

    def once(self, samples):
        """None: it has no such form, and is measured while it runs."""

    def ready(self):
        """Whether it has begun to measure; of a tool that does not tell, whether its time to start is over."""
        return True

    def accounted(self, comm):
        """(CPU seconds, processes) of all processes named `comm` so far, each None where it does not tell."""
        return None, None

    def start(self):
        self.require()
        self.group = ControlGroup(self.__class__.__name__)
        self.process = self.spawn(self.command())
        deadline = time.monotonic() + 60
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise DoesNotRun(self.last_words())
            time.sleep(0.05)
        time.sleep(self.settle)
        if self.process.poll() is not None:
            self.stop()
            raise DoesNotRun(self.last_words())

    def require(self):
        if shutil.which(self.program) is None:
            raise DoesNotRun(f"no program '{self.program}' in PATH")

    def is_ready(self):
        try:
            return self.ready()
        except OSError:
            return False

    def spawn(self, words, output=None):
        def enter():
            os.setsid()
            self.group.enter()
        with open(output or self.output, "wb") as out, open(self.errors, "wb") as err:
            return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                    preexec_fn=enter, env={**os.environ, "LC_ALL": "C", **self.environment})

    def end(self, number=signal.SIGTERM):
        """Asks it to end, as a user would, so that it writes what it has yet to write."""
        self.stop_scraping()
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass

    def stop(self):
        self.stop_scraping()
        if self.group is None:
            return
        if self.process is not None:
            self.end()
        self.group.remove()
        if self.process is not None:
            self.process.wait()
        self.group = None

    def scrape_each_second(self):
        """From now on, where it is a tool that only measures when it is asked."""
        if self.url is None:
            return
        stop = threading.Event()

        def scrape():
            while not stop.wait(1):
                try:
                    fetch(self.url)
                except OSError:
                    pass  # that it is too slow shows in what it accounts
        thread = threading.Thread(target=scrape, daemon=True)
        thread.start()
        self.scraper = (stop, thread)

    def stop_scraping(self):
        if self.scraper is not None:
            self.scraper[0].set()
            self.scraper[1].join(60)
            self.scraper = None

    @property
    def output(self):
        return self.folder / "out"

    @property
    def errors(self):
        return self.folder / "err"

    def last_words(self):
        for file in (self.errors, self.output):
            lines = file.read_text(errors="replace").strip().splitlines() if file.exists() else []
            if lines:
                return lines[-1].strip()[:200]
        return "it ended without a word"

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
