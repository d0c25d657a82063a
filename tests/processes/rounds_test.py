"""What servers and clients compute is what fed-run computes, to the last bit, on either target."""
import json
import unittest
import zipfile

from processes import ARM, EXAMPLES, HERE, MNIST, X86, ProcessTest, digits


class Rounds(ProcessTest):
    PROGRAMS = [(f"{EXAMPLES}/average/average.fed", [X86]),
                (f"{EXAMPLES}/statistics/statistics.fed", [X86]),
                (f"{HERE}/counter.fed", [X86]),
                (f"{HERE}/shares.fed", [X86]),
                (f"{EXAMPLES}/heavy_hitters/heavy_hitters.fed", [X86]),
                (f"{EXAMPLES}/quantile/quantile.fed", [X86]),
                (f"{EXAMPLES}/embedding_lookup/embedding_lookup.fed", [X86, ARM]),
                (f"{MNIST}/mnist.fed", [X86, ARM])]

    def once(self, path, argument, values):
        """A function that runs once, as a simulation and over processes."""
        name = path.rsplit("/", 1)[1][:-len(".fed")]
        expected = self.simulate(path, "--args=" + json.dumps({argument: values}))
        server = self.server(name, f"--clients={len(values)}")
        clients = [self.client(name, server, "--data=" + json.dumps({argument: v})) for v in values]
        self.finish(server, *clients)
        self.assertEqual(server.printed(), expected)
        for client, value in zip(clients, values):
            nothing = f"warning: {name}: this client has no data\n" if value == [] else ""
            self.assertEqual((client.printed(), client.said()),
                             ("", f"checked in at {server.address}\n{nothing}round 1: {name}: accepted\n"
                                  "the server is finished: all is done\n"))

    def test_one_phase(self):
        self.once(f"{EXAMPLES}/average/average.fed", "readings", [68.5, 70.3, 69.8])

    def test_several_phases(self):
        self.once(f"{EXAMPLES}/statistics/statistics.fed", "readings", [[1, 2, 3], [4], []])

    def test_clients_of_a_column(self):
        """Each process has what one value's client has in the simulation."""
        path = f"{EXAMPLES}/statistics/statistics.fed"
        with open(f"{self.folder}/readings.jsonl", "w", encoding="utf-8") as f:
            f.writelines(json.dumps({"value": v, "who": who}) + "\n" for v, who in ((1, "cy"), (2, "al"), (3, "cy"), (4, "bo")))
        data = f"jsonl:records={self.folder}/readings.jsonl,partition=column:who"
        expected = self.simulate(path, "--args=" + data)
        server = self.server("statistics", "--clients=3")
        clients = [self.client("statistics", server, f"--data={data},shards={i}/3") for i in range(3)]
        self.finish(server, *clients)
        self.assertEqual(server.printed(), expected)
        self.assertEqual(expected, self.simulate(path, '--args={"readings":[[2],[4],[1,3]]}'))
        client = self.start(f"{self.built.name}/{X86}/statistics_client", "--server=127.0.0.1:1", "--data=" + data)
        self.assertEqual((client.wait(), client.said()),
                         (1, f"error: --data: {self.folder}/readings.jsonl: partition: column `who` has 3 different values, each "
                             "of which is a client, but 1 is asked for\n"))

    def test_a_fold(self):
        self.once(f"{EXAMPLES}/heavy_hitters/heavy_hitters.fed", "mine", [[1, 1, 3], [3, 7], [], [3, 1, 9]])

    def test_many_phases(self):
        self.once(f"{EXAMPLES}/quantile/quantile.fed", "readings", [1, 2, 3, 4, 100])

    def test_slices_for_each_client(self):
        texts = [{"words": [0, 1, 2], "score": 1}, {"words": [1, 3, 5], "score": -1},
                 {"words": [4, 4, 0], "score": 0.5}]
        flags = ["--rounds=5", "--set", "lr=0.3"]
        path = f"{EXAMPLES}/embedding_lookup/embedding_lookup.fed"
        expected = self.simulate(path, "--process=training", "--data=" + json.dumps({"text": texts}),
                                 f"--state-out={self.folder}/simulated.npz", *flags)
        server = self.server("embedding_lookup", "--clients=3", f"--state-out={self.folder}/served.npz", *flags)
        clients = [self.client("embedding_lookup", server, "--data=" + json.dumps({"text": text}), target=target)
                   for text, target in zip(texts, [X86, ARM, X86])]
        self.finish(server, *clients)
        self.assertEqual(server.printed(), expected)
        self.same_file(f"{self.folder}/served.npz", f"{self.folder}/simulated.npz")

    def test_results_that_stay_on_clients(self):
        whole = json.loads(self.simulate(f"{HERE}/shares.fed", '--args={"people":[1,4,5]}'))
        server = self.server("shares", "--clients=3")
        clients = [self.client("shares", server, f'--data={{"people":{n}}}', "--quiet") for n in (1, 4, 5)]
        self.finish(server, *clients)
        self.assertEqual(json.loads(server.printed()), {"mean": whole["mean"]})
        for client, apart in zip(clients, whole["apart"]):
            self.assertEqual((client.printed(), client.said()),
                             (json.dumps({"apart": apart}, separators=(",", ":")) + "\n", ""))

    def train(self, out, targets, data, *flags):
        """Trains with a client a target, which has its shard; the model goes to `out`."""
        server = self.server("mnist", f"--clients={len(targets)}", f"--state-out={out}", *flags)
        held = digits("t10k", f"batch=32,limit=64,shards=%d/{len(targets)}")
        clients = [self.client("mnist", server, "--data=" + digits("train", f"{data},shards={i}/{len(targets)}"),
                               "--eval-data=" + held % i, target=target)
                   for i, target in enumerate(targets)]
        self.finish(server, *clients)
        return server.printed()

    def simulate_training(self, out, clients, data, *flags):
        return self.simulate(f"{MNIST}/mnist.fed", "--process=training", f"--clients={clients}",
                             "--data=" + digits("train", data), f"--state-out={out}",
                             "--eval-data=" + digits("t10k", "batch=32,limit=64"), *flags)

    def test_a_model_of_eight_clients(self):
        flags = ["--rounds=2", "--set", "lr=0.2"]
        data = "batch=20,epochs=2,limit=803,shuffle=7"
        expected = self.simulate_training(f"{self.folder}/simulated.npz", 8, data, *flags)
        printed = self.train(f"{self.folder}/served.npz", [X86] * 8, data, "--evaluate", *flags)
        self.assertEqual(printed, expected)
        self.same_file(f"{self.folder}/served.npz", f"{self.folder}/simulated.npz")
        with zipfile.ZipFile(f"{self.folder}/served.npz") as model:
            self.assertEqual(sorted(model.namelist()), ["bias.npy", "weights.npy"])

    def test_evaluation_over_training_data(self):
        """It is said once; rounds have the server's numbers."""
        server = self.server("mnist", "--clients=1", "--rounds=2", "--evaluate")
        client = self.client("mnist", server, "--data=" + digits("train", "limit=40"))
        self.finish(server, client)
        self.assertEqual(client.said(), f"""checked in at {server.address}
round 1: training.next: accepted
note: training.evaluate is over --data, which this client trains on: --eval-data is not given
round 1: training.evaluate: accepted
round 2: training.next: accepted
round 2: training.evaluate: accepted
the server is finished: all is done
""")

    def test_both_targets_in_one_round(self):
        data = "batch=16,limit=90,shuffle=3"
        self.simulate_training(f"{self.folder}/simulated.npz", 3, data)
        self.train(f"{self.folder}/served.npz", [X86, ARM, X86], data)
        self.same_file(f"{self.folder}/served.npz", f"{self.folder}/simulated.npz")

    def test_either_target_alone(self):
        for target in X86, ARM:
            self.train(f"{self.folder}/{target}.npz", [target], "batch=16,epochs=2,limit=60,shuffle=5")
        self.same_file(f"{self.folder}/{ARM}.npz", f"{self.folder}/{X86}.npz")

    def test_thousands_of_rounds(self):
        server = self.server("counter", "--clients=2", "--rounds=4000", f"--state-out={self.folder}/total.npz")
        clients = [self.client("counter", server, f'--data={{"step":{n}}}', "--quiet") for n in (3, 4)]
        self.finish(server, *clients)
        self.assertTrue(server.printed().endswith("round 4000/4000: seen=4000\n"), server.printed()[-200:])
        with zipfile.ZipFile(f"{self.folder}/total.npz") as total:
            self.assertEqual(int.from_bytes(total.read("state.npy")[-8:], "little"), 4000 * 7)


if __name__ == "__main__":
    unittest.main()
