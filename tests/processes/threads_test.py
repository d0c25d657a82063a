"""A server adds with any number of threads what the simulation adds, to the last bit."""
import json
import re
import signal
import subprocess
import time
import unittest
import zipfile

from processes import HERE, KILL, X86, ProcessTest

CLIENTS = 14


class Threads(ProcessTest):
    PROGRAMS = [(f"{HERE}/crowd.fed", [X86])]

    def setUp(self):
        super().setUp()
        # Two are rejected, each in every round.
        self.data = [{"x": 0.1 * (i - 4) ** 3, "n": i * i % 23} for i in range(CLIENTS)]
        self.data[3]["x"] = "Infinity"
        self.data[8]["n"] = -1

    def simulate_rounds(self, rounds, threads, data):
        out = f"{self.folder}/simulated_{rounds}_{threads}.npz"
        printed = self.simulate(f"{HERE}/crowd.fed", "--data=" + json.dumps({"data": data}), f"--rounds={rounds}",
                                f"--threads={threads}", f"--state-out={out}")
        return printed, out

    def clients(self, server, data, *flags):
        return [self.client("crowd", server, "--data=" + json.dumps({"data": d}), *flags) for d in data]

    def test_the_same_bytes(self):
        expected, simulated = self.simulate_rounds(3, 1, self.data)
        again, other = self.simulate_rounds(3, 3, self.data)
        self.assertEqual(again, expected)
        self.same_file(other, simulated)
        for threads in 1, 2, 7:
            served = f"{self.folder}/served_{threads}.npz"
            server = self.server("crowd", f"--clients={CLIENTS}", "--rounds=3", f"--threads={threads}",
                                 f"--state-out={served}")
            clients = self.clients(server, self.data, "--quiet")
            self.finish(server)
            for client, datum in zip(clients, self.data):
                bad = datum["x"] == "Infinity" or datum["n"] < 0
                self.assertEqual(client.wait(), 1 if bad else 0, client.said())
            self.assertEqual(server.printed(), expected)
            self.same_file(served, simulated)

    def test_killed_in_a_round(self):
        """The round in which the server is killed is as if it had not begun; the next server does it."""
        data = [d for d in self.data if d["x"] != "Infinity" and d["n"] >= 0]
        state = f"{self.folder}/served.npz"
        first = self.server("crowd", f"--clients={len(data)}", "--rounds=1000000", "--threads=4", f"--state-out={state}")
        clients = self.clients(first, data)
        first.until_printed("round 2/")
        # One sleeps, so that a round stays open with what the others have sent.
        clients[5].send(signal.SIGSTOP)
        before = -1
        while before != first.printed().count("\n"):
            before = first.printed().count("\n")
            time.sleep(1)
        first.send(KILL)
        self.assertEqual(first.wait(), -KILL)
        with zipfile.ZipFile(state) as saved:
            done = int.from_bytes(saved.read("rounds.npy")[-8:], "little")
        self.assertGreaterEqual(done, before)
        clients[5].send(signal.SIGCONT)
        second = self.server("crowd", f"--clients={len(data)}", "--rounds=2", "--threads=3", f"--init={state}",
                             f"--state-out={state}", listen=first.address)
        self.finish(second, *clients)
        _, simulated = self.simulate_rounds(done + 2, 2, data)
        self.same_file(state, simulated)

    def test_no_memory_for_an_upload(self):
        """The client sends it again, and the server ends as it would have."""
        expected, _ = self.simulate_rounds(1, 1, self.data[:2])
        shim = f"{self.folder}/shim.c"
        with open(shim, "w", encoding="utf-8") as f:
            f.write("""
#include <stddef.h>
#include <unistd.h>
#include <sys/syscall.h>
void *__libc_calloc(size_t count, size_t size);
static int failures = 1;
/* One upload's, on a thread that takes it in: of a whole in one part, gRPC has no calloc. */
void *calloc(size_t count, size_t size) {
  if (count == 1 && size > 200000 && syscall(SYS_gettid) != getpid() && __sync_fetch_and_sub(&failures, 1) == 1) {
    write(2, "one allocation fails\\n", 21);
    return NULL;
  }
  return __libc_calloc(count, size);
}
""")
        subprocess.run(["clang-22", "-shared", "-fPIC", "-fuse-ld=lld", shim, "-o", f"{self.folder}/shim.so"],
                       check=True, timeout=60)
        server = self.start("env", f"LD_PRELOAD={self.folder}/shim.so", f"{self.built.name}/{X86}/crowd_server",
                            "--listen=127.0.0.1:0", "--clients=2", "--rounds=1", "--threads=1")
        server.until_said("listening on ")
        server.address = re.search(r"listening on (\S+)", server.said()).group(1)
        clients = self.clients(server, self.data[:2], "--quiet")
        self.finish(server, *clients)
        self.assertIn("one allocation fails", server.said())
        self.assertIn("1 transfer without memory for it", server.said())
        self.assertEqual(server.printed(), expected)


if __name__ == "__main__":
    unittest.main()
