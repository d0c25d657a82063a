"""A server adds with any number of threads what the simulation adds, to the last bit."""
import json
import signal
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


if __name__ == "__main__":
    unittest.main()
