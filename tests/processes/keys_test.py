"""Keys and what comes from the host, over processes: the same as in a simulation, on either target."""
import json
import unittest

from processes import ARM, HERE, X86, ProcessTest


class Keys(ProcessTest):
    PROGRAMS = [(f"{HERE}/keyed.fed", [X86, ARM]), (f"{HERE}/numbered.fed", [X86]), (f"{HERE}/private.fed", [X86, ARM])]

    def draw(self, seed, out):
        flags = ["--rounds=3", f"--seed={seed}", f"--state-out={out}"]
        server = self.server("keyed", "--clients=3", "--evaluate", *flags)
        clients = [self.client("keyed", server, "--host", f"steps={n}", target=target)
                   for n, target in zip((1, 2, 4), (X86, ARM, X86))]
        self.finish(server, *clients)
        return server.printed()

    def test_same_as_simulated(self):
        served, simulated = f"{self.folder}/served.npz", f"{self.folder}/simulated.npz"
        expected = self.simulate(f"{HERE}/keyed.fed", "--process=drawing", "--rounds=3", "--clients=3", "--seed=9",
                                 "--host", "steps=[4, 1, 2]", f"--state-out={simulated}", "--eval-data={}")
        self.assertEqual(self.draw(9, served), expected)
        self.same_file(served, simulated)
        self.assertIn("steps=7", expected)
        # Each round draws other numbers, and so does another seed.
        self.assertEqual(len(set(line.split("bits=")[1] for line in expected.splitlines())), 3)
        self.assertNotEqual(self.draw(8, served), expected)

    def test_clients_are_numbered_as_they_check_in(self):
        expected = json.loads(self.simulate(f"{HERE}/numbered.fed", '--args={"x":[1,10,100]}', "--seed=5"))
        for _ in range(3):
            server = self.server("numbered", "--clients=3", "--seed=5")
            clients = []
            for x in (1, 10, 100):
                clients.append(self.client("numbered", server, f'--data={{"x":{x}}}'))
                clients[-1].until_said("checked in")
            self.finish(server, *clients)
            self.assertEqual(json.loads(server.printed()), {"sum": expected["sum"]})
            self.assertEqual([json.loads(c.printed())["drawn"] for c in clients], expected["drawn"])

    def hide(self):
        server = self.server("private", "--clients=2")
        clients = [self.client("private", server, f'--data={{"x":{x}}}', "--quiet", target=target)
                   for x, target in ((1, X86), (2, ARM))]
        self.finish(server, *clients)
        result = json.loads(server.printed())
        mine = [json.loads(client.printed())["mine"] for client in clients]
        self.assertAlmostEqual(result["sum"], 3 + sum(mine), places=5)
        return [result["salt"], *mine]

    def test_private_keys(self):
        """Nobody can say which they are, but they are never the same."""
        drawn = self.hide() + self.hide()
        self.assertEqual(len(set(drawn)), len(drawn), drawn)

    def test_mistakes(self):
        server = self.server("keyed", "--clients=1")
        for flags, said in (([], "error: --host steps=VALUE is missing: `drawing.next` takes `steps` of type "
                                 "{int32}@CLIENTS from the host\n"),
                            (["--host", "steps=[1]"], "error: --host steps: expected an integer"),
                            (["--host", "step=1"], "error: --host: the program takes no `step` from the host; "
                                                   "it takes `steps`\n")):
            client = self.client("keyed", server, *flags)
            self.assertEqual(client.wait(), 1)
            self.assertIn(said, client.said())


if __name__ == "__main__":
    unittest.main()
