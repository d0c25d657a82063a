"""A large model through a server and its clients, real processes all, and the memory that they take.

    large_model.py FEDC LIBFED_SERVER LIBPARTICIPANT [--megabytes=64] [--clients=1]

By hand: bazel run //tests/network:large_model -- --megabytes=1600
"""
import argparse
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "large.fed")
ROUNDS = 2
MEBI = 1 << 20
# Of the model, besides what the same programs take for a tiny one. At its largest a server holds the
# state, what clients download, a client's message and its values; or the state, the sum in float64
# (twice the model) and the next state.
CLIENT_LIMIT, SERVER_LIMIT = 2, 5
# What the two measurements may differ by for other reasons: pieces under way, the allocator's reserves.
SLACK = 3 * MEBI

SERVER_MAIN = """
extern const char large_server_program[];
static const unsigned char manifest[] = {%s};
int fed_server_main(int, char**, const void*, const unsigned char*, unsigned long long);
int main(int argc, char** argv) {
  return fed_server_main(argc, argv, large_server_program, manifest, sizeof manifest);
}
"""
CLIENT_MAIN = """
extern const char large_client_program[];
int test_client_main(int, char**, const void*);
int main(int argc, char** argv) { return test_client_main(argc, argv, large_client_program); }
"""


class Process:
    """A process whose standard error is read as it comes, and whose memory is watched."""

    def __init__(self, words):
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines, self.peak = [], 0
        self.threads = [threading.Thread(target=self._read), threading.Thread(target=self._watch)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    # The kernel keeps the peak; it is gone with the process.
    def _watch(self):
        while self.process.poll() is None:
            try:
                with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                    found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
            except OSError:
                break
            if found:
                self.peak = int(found.group(1)) * 1024
            time.sleep(0.002)

    def err(self):
        return "".join(self.lines)

    def says(self, pattern):
        while True:
            running = self.process.poll() is None
            found = re.search(pattern, self.err())
            if found or not running:
                return found
            time.sleep(0.01)

    def wait(self):
        try:
            status = self.process.wait(timeout=1200)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for thread in self.threads:
            thread.join()
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


class Programs:
    """The server and the client of large.fed with so many elements, in a folder."""

    def __init__(self, fedc, server_library, client_library, elements, folder):
        self.elements, self.folder = elements, folder
        os.makedirs(folder)
        subprocess.run([fedc, PROGRAM, "-D", f"ELEMENTS={elements}", "--emit=obj", "-o", folder], check=True)
        with open(f"{folder}/large.manifest", "rb") as manifest:
            embedded = ",".join(map(str, manifest.read()))
        self.server = self._link("server", SERVER_MAIN % embedded, server_library)
        self.client = self._link("client", CLIENT_MAIN, client_library)

    def _link(self, side, main, library):
        library = os.path.abspath(library)
        with open(f"{self.folder}/{side}.c", "w", encoding="ascii") as source:
            source.write(main)
        subprocess.run(["clang-22", "-O1", f"{self.folder}/{side}.c", f"{self.folder}/large_{side}.o", library,
                        f"-Wl,-rpath,{os.path.dirname(library)}", "-o", f"{self.folder}/{side}"], check=True)
        return f"{self.folder}/{side}"

    def state(self):
        return f"{self.folder}/model.npz"

    def serve(self, *flags):
        server = Process([self.server, "--listen=127.0.0.1:0", f"--rounds={ROUNDS}",
                          f"--state-out={self.state()}", *flags])
        found = server.says(r"listening on (\S+)\n")
        if not found:
            raise AssertionError("the server does not listen: " + server.err())
        return server, found.group(1)

    def run(self, clients):
        """Rounds with so many clients. The peaks of the server and of the client that took most."""
        server, address = self.serve(f"--clients={clients}")
        crowd = [Process([self.client, address, "0.5"]) for _ in range(clients)]
        try:
            for process in [*crowd, server]:
                status = process.wait()
                if status != 0:
                    raise AssertionError(f"exit status {status}: {process.err()}")
        finally:
            for process in [*crowd, server]:
                process.kill()
        self.check_state(1 + ROUNDS * 0.5)
        return server.peak, max(process.peak for process in crowd)

    def check_state(self, value):
        piece = struct.pack("<f", value) * (1 << 18)
        with zipfile.ZipFile(self.state()) as archive, archive.open("state.npy") as state:
            header = state.read(10)
            state.read(struct.unpack("<H", header[8:])[0])
            left = 4 * self.elements
            while left:
                data = state.read(min(left, len(piece)))
                if data != piece[:len(data)] or not data:
                    raise AssertionError(f"the model is not {value} everywhere")
                left -= len(data)


def killed(programs, step):
    """One of two clients dies in the middle of a transfer: the round goes on without it."""
    server, address = programs.serve("--clients=2", "--phase-timeout=3")
    victim = Process([programs.client, address, "7", step])
    survivor = Process([programs.client, address, "0.5"])
    try:
        if victim.wait() != -signal.SIGKILL:
            raise AssertionError(f"{step}: it did not die: {victim.err()}")
        if survivor.wait() != 0 or server.wait() != 0:
            raise AssertionError(f"{step}: {server.err()}\n{survivor.err()}")
        if "1 of 2 clients did not answer within the time limit" not in server.err():
            raise AssertionError(f"{step}: {server.err()}")
    finally:
        for process in [victim, survivor, server]:
            process.kill()
    programs.check_state(1 + ROUNDS * 0.5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("libraries", nargs=3)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--killed", action="store_true", help="also kill clients in the middle of transfers")
    options = parser.parse_args()
    model = options.megabytes * 1000 * 1000
    with tempfile.TemporaryDirectory() as folder:
        base = Programs(*options.libraries, 16, f"{folder}/tiny").run(options.clients)
        programs = Programs(*options.libraries, model // 4, f"{folder}/large")
        start = time.monotonic()
        peaks = programs.run(options.clients)
        seconds = time.monotonic() - start
        fine = True
        print(f"a model of {model / 1e6:.0f} MB, {ROUNDS} rounds, {options.clients} client(s): {seconds:.1f} s")
        for name, tiny, peak, limit in [("server", base[0], peaks[0], SERVER_LIMIT),
                                        ("client", base[1], peaks[1], CLIENT_LIMIT)]:
            print(f"  {name}: {peak / 1e6:.1f} MB at most, {tiny / 1e6:.1f} MB with a tiny model: "
                  f"{(peak - tiny) / model:.3f} times the model, of {limit}")
            # The limit is for one client; each sum over more is wider than what it sums.
            fine &= peak - tiny <= limit * model + SLACK or options.clients != 1
        if options.killed:
            for step in ["download", "upload"]:
                killed(programs, step)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
