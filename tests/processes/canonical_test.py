"""The programs that the literature begins with, as a simulation and with processes: equal results."""
import json
import unittest

from processes import ARM, EXAMPLES, X86, ProcessTest

POINTS = [[{"x": 0, "y": 1}, {"x": 1, "y": 3}], [{"x": 2, "y": 5}], [{"x": -1, "y": -1}, {"x": 0.5, "y": 2}]]


def path(name):
    return f"{EXAMPLES}/{name}/{name}.fed"


class Canonical(ProcessTest):
    PROGRAMS = [(path(name), [X86, ARM]) for name in [
        "mean_over_threshold", "histogram", "linear_regression", "moving_threshold", "kmeans"]]

    def once(self, name, argument, values, of_server):
        """A function that runs once; `of_server` are its arguments at the server."""
        everything = {argument: values, **of_server}
        expected = self.simulate(path(name), "--args=" + json.dumps(everything))
        server = self.server(name, f"--clients={len(values)}", "--args=" + json.dumps(of_server))
        self.clients(name, server, argument, values)
        self.finish(server)
        self.assertEqual(server.printed(), expected)

    def rounds(self, name, argument, values, *flags):
        """Rounds of a process: the same lines, the same state."""
        expected = self.simulate(path(name), "--data=" + json.dumps({argument: values}),
                                 f"--state-out={self.folder}/simulated.npz", *flags)
        server = self.server(name, f"--clients={len(values)}", f"--state-out={self.folder}/served.npz", *flags)
        self.clients(name, server, argument, values)
        self.finish(server)
        self.assertEqual(server.printed(), expected)
        self.same_file(f"{self.folder}/served.npz", f"{self.folder}/simulated.npz")

    def clients(self, name, server, argument, values):
        self.finish(*[self.client(name, server, "--data=" + json.dumps({argument: value}), "--quiet",
                                  target=[X86, ARM][i % 2]) for i, value in enumerate(values)])

    def test_ratio_above_a_threshold(self):
        self.once("mean_over_threshold", "readings", [68.5, 70.3, 69.8], {"threshold": 69.0})

    def test_histogram_and_mean_of_means(self):
        self.once("histogram", "readings", [[1, 2, 3.5], [9.5], []], {"range": {"low": 0, "high": 8}})

    def test_linear_regression(self):
        self.rounds("linear_regression", "points", POINTS, "--rounds=20", "--set", "lr=0.1")

    def test_counting_over_rounds(self):
        self.rounds("moving_threshold", "readings", [4, 8, 15, 16], "--rounds=3", '--args={"start":20}')

    def test_k_means(self):
        points = [[[0, 0.5], [5, 5]], [[1, 0], [5, 6], [9, 1]], [[9, 0]]]
        self.rounds("kmeans", "points", points, "--rounds=4")


if __name__ == "__main__":
    unittest.main()
