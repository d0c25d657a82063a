"""Data sets of records in files, and clients that are the values of a column.

usage: records_test.py FED_RUN PROGRAM DIGITS
"""
import gzip
import json
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

USERS = ["bob", "ann", "bob", "zoe"]
AGES = [30, -5, 30, 2**64 - 1]
RECORDS = [{"x": [2 * i + 1, 2 * i + 2], "y": i + 1, "user": user, "age": age, "w": 1.5}
           for i, (user, age) in enumerate(zip(USERS, AGES))]
# Of ann, bob and zoe, who are as young as their names come.
HELD = {"n": [1, 2, 1], "x": [[3, 4], [6, 8], [7, 8]], "y": [2, 13, 4]}


def npy(descr, shape, values):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    letters = {"i1": "b", "u1": "B", "i4": "i", "i8": "q", "f4": "f", "f8": "d"}
    data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{letters[descr[1:]]}", *values)
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


class Records(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_on(self, spec, *flags, entry="held"):
        done = subprocess.run([FED_RUN, PROGRAM, "--entry=" + entry, "--args=" + spec, *flags],
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def result(self, spec, *flags, entry="held"):
        status, out, err = self.run_on(spec, *flags, entry=entry)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def error(self, spec, *flags, entry="held"):
        status, out, err = self.run_on(spec, *flags, entry=entry)
        self.assertEqual((status, out), (1, ""), err)
        self.assertTrue(err.startswith("error: --args: "), err)
        return err[len("error: --args: "):].rstrip("\n").replace(self.folder + "/", "")

    def lines(self, text=None):
        path = self.folder + "/p.jsonl"
        with open(path, "w", encoding="utf-8") as f:
            # An empty line is none.
            f.write("\n".join(json.dumps(r) for r in RECORDS[:2]) + "\n\n" +
                    "\n".join(json.dumps(r) for r in RECORDS[2:]) if text is None else text)
        return f"jsonl:records={path},shuffle=none,"

    def arrays(self, **more):
        path = self.folder + "/p.npz"
        arrays = {"x": ("<f4", (4, 2), range(1, 9)), "y": ("<i4", (4,), range(1, 5)), "age": ("<i8", (4,), [30, -5, 30, 31]),
                  "user": ("|u1", (4, 3), "".join(USERS).encode()), "w": ("<f8", (4,), [1.5] * 4),
                  "classes": ("<i8", (2,), [0, 1]), **more}
        with zipfile.ZipFile(path, "w") as f:
            for name, array in arrays.items():
                if array is not None:
                    f.writestr(name + ".npy", npy(*array))
        return f"npz:records={path},shuffle=none,"

    def test_a_client_for_each_value(self):
        for spec in (self.lines(), self.arrays()):
            for column in ("user", "age"):
                self.assertEqual(self.result(spec + "partition=column:" + column), HELD)
                self.assertEqual(self.result(spec + "partition=column:" + column, "--clients=3", "--threads=3"), HELD)
            # A column that the program takes.
            self.assertEqual(self.result(spec + "partition=column:y")["y"], [1, 2, 3, 4])
            # Of the first two records there are two; a shard is the next ones of all clients.
            self.assertEqual(self.result(spec + "partition=column:user,limit=2")["y"], [2, 1])
            self.assertEqual([self.result(spec + f"partition=column:user,shards={i}/3")["y"] for i in range(3)], [[2], [13], [4]])
            self.assertEqual(self.result(spec + "partition=column:user", entry="batched"), {"batches": [1, 1, 1], "y": [2, 4, 4]})
            self.assertEqual(self.result(spec + "partition=column:user,batch=1,epochs=2", entry="batched"),
                             {"batches": [2, 4, 2], "y": [22, 1313, 44]})

    def test_other_partitions(self):
        for spec in (self.lines(), self.arrays()):
            self.assertEqual(self.result(spec[:-1], "--clients=2")["y"], [12, 34])
            seeded = spec.replace("shuffle=none,", "shuffle=3")
            self.assertEqual(sorted(str(self.result(seeded, "--clients=1")["y"][0])), ["1", "2", "3", "4"])
        labelled = self.arrays(label=("|i1", (4,), [-1, 7, -1, 7]))
        self.assertEqual(set(self.result(labelled + "partition=labels:1", "--clients=2")["y"]), {13, 24})
        self.assertEqual(self.result(labelled + "partition=column:label")["y"], [13, 24])
        self.assertEqual(self.error(labelled.replace("none,", "none") + ",partition=labels:1", "--clients=9999999"),
                         "partition: 1 shards for each of 9999999 clients are more than 4194304, the most there can be")

    def test_elements_that_are_no_struct(self):
        self.assertEqual(self.result(self.lines('{"value":3,"user":1}\n{"user":0,"value":4}\n') + "partition=column:user",
                                     entry="numbers"), [4, 3])
        self.assertEqual(self.result(self.arrays(value=("<i4", (4,), [5, 6, 7, 8])) + "partition=column:user", entry="numbers"),
                         [6, 12, 8])

    def test_a_process(self):
        done = subprocess.run([FED_RUN, PROGRAM, "--rounds=2", "--data=" + self.lines() + "partition=column:user", "--cohort=3"],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "round 1/2: n=4\nround 2/2: n=4\n", ""))

    def test_an_evaluation_has_clients_of_its_own(self):
        by_user = self.lines() + "partition=column:user"

        def run(*flags):
            done = subprocess.run([FED_RUN, PROGRAM, *flags], capture_output=True, text=True, timeout=120)
            return done.returncode, done.stdout, done.stderr
        self.assertEqual(run("--clients=2", "--data=" + self.lines()[:-1], "--eval-data=" + by_user),
                         (0, "round 1/1: n=4 eval.clients=3\n", ""))
        self.assertEqual(run("--data=" + by_user, "--eval-data=" + self.lines()[:-1], "--eval-clients=2"),
                         (0, "round 1/1: n=4 eval.clients=2\n", ""))
        self.assertEqual(run("--clients=3", "--data=" + by_user, "--eval-data=" + self.lines()[:-1]),
                         (0, "round 1/1: n=4 eval.clients=3\n", ""))
        self.assertEqual(run("--data=" + by_user, "--eval-data=" + self.lines()[:-1]),
                         (1, "", "error: --eval-clients=N is missing: how many clients the records are dealt to; with "
                          "partition=column:NAME in the SPEC the values of a column say it\n"))
        self.assertEqual(run("--data=" + by_user, "--eval-data=" + by_user, "--eval-clients=2"),
                         (1, "", f"error: --eval-data: {self.folder}/p.jsonl: partition: column `user` has 3 different values, each of "
                          "which is a client, but 2 are asked for\n"))
        self.assertEqual(run("--clients=2", "--data=" + self.lines()[:-1], '--eval-data={"data":[' + ",".join(['[{"x":[1,2],"y":1}]'] * 4) + "]}"),
                         (0, "round 1/1: n=4 eval.clients=4\n", ""))
        self.assertEqual(run("--clients=2", "--data=" + self.lines()[:-1], "--eval-clients=3", '--eval-data={"data":[[]]}'),
                         (1, "", "error: --eval-data: has 1 clients, but --eval-clients says 3\n"))
        self.assertEqual(run("--data=" + by_user, "--eval-clients=2"),
                         (2, "", "fed-run: --eval-clients needs --eval-data=SPEC\nSee fed-run --help.\n"))

    def test_no_column_to_go_by(self):
        columns = "`x`, `y`, `user`, `age`, `w`"
        self.assertEqual(self.error(self.lines() + "partition=column:nobody"),
                         f"p.jsonl: line 1: record 0: partition: there is no column `nobody`; the columns are {columns}")
        self.assertEqual(self.error(self.lines() + "partition=column:w"),
                         "p.jsonl: line 1: record 0: partition: column `w` is 1.5 here; a partition goes by integers or texts")
        self.assertEqual(self.error(self.lines().replace("none,", "none") + ",partition=labels:2", "--clients=2"),
                         f"p.jsonl: line 1: record 0: partition: there is no column `label`; the columns are {columns}; "
                         "partition=labels:2:COLUMN goes by another")
        self.assertEqual(self.error(self.lines('{"x":[1,2],"y":1,"u":1}\n{"x":[1,2],"y":1,"u":"b"}') + "partition=column:u"),
                         'p.jsonl: line 2: record 1: partition: column `u` is "b" here; it has both integers and texts')
        self.assertEqual(self.error(self.arrays() + "partition=column:nobody"),
                         "p.npz: partition: there is no column `nobody`; the columns are `x`, `y`, `age`, `user`, `w`, `classes`")
        self.assertEqual(self.error(self.arrays() + "partition=column:w"),
                         "p.npz: partition: column `w` has a float64 for each record; a partition goes by integers or texts")
        self.assertEqual(self.error(self.arrays() + "partition=column:x"),
                         "p.npz: partition: column `x` has a float32[2] for each record; a partition goes by integers or texts")
        self.assertEqual(self.error(self.arrays() + "partition=column:classes"),
                         "p.npz: array `classes` has 2 records, and `y` 4")

    def test_how_many_clients(self):
        made = "p.jsonl: partition: column `user` has 3 different values, each of which is a client, but "
        spec = self.lines() + "partition=column:user"
        self.assertEqual(self.error(spec, "--clients=2"), made + "2 are asked for")
        self.assertEqual(self.error(spec, "--clients=1"), made + "1 is asked for")
        self.assertEqual(self.error(spec + ",shards=1/2"), made + "2 shards cannot have equally many")
        self.assertEqual(self.error(spec + ",shards=1/2", "--clients=2"), made + "2 shards of 2 are asked for")
        nobody = "partition: column `user` has no values, as there are no records: nobody would be a client"
        self.assertEqual(self.error(self.lines("\n") + "partition=column:user"), "p.jsonl: " + nobody)
        empty = self.arrays(x=("<f4", (0, 2), []), y=("<i4", (0,), []), user=("<i4", (0,), []))
        self.assertEqual(self.error(empty + "partition=column:user"), "p.npz: " + nobody)
        self.assertEqual(self.result(self.lines("")[:-1], "--clients=2")["n"], [0, 0])
        many = 2**22 + 1
        spec = self.arrays(value=("<i4", (many,), bytes(4 * many)), user=("<i4", (many,), range(many)))
        self.assertEqual(self.error(spec + "partition=column:user", entry="numbers"),
                         "p.npz: partition: column `user` has 4194305 different values, more than 4194304, the most clients that "
                         "are made of one")
        status, _, err = self.run_on(self.lines()[:-1])
        self.assertEqual((status, err), (1, "error: --clients=N is missing: how many clients the records are dealt to; with "
                                       "partition=column:NAME in the SPEC the values of a column say it\n"))

    def test_malformed_records(self):
        good = self.lines()
        with open(self.folder + "/p.jsonl", encoding="utf-8") as f:
            text = f.read()
        wrong = text.replace('"y": 3', '"y": "3"')
        what = 'y: expected an integer from -2147483648 to 2147483647 (int32), found "3"'
        by_user = "partition=column:user"
        self.assertEqual(self.error(self.lines(wrong) + by_user), f"p.jsonl: line 4: record 2, of client 1: {what}")
        self.assertEqual(self.error(good[:-1], "--clients=4"), f"p.jsonl: line 4: record 2, of client 2: {what}")
        self.assertEqual(self.error(good + "limit=2", "--clients=4"), f"p.jsonl: line 4: record 2: {what}")
        self.lines(text.replace('"y": 3', '"y": 3.'))
        what = "line 4, column 22: record 2{}: invalid number; expected digit after '.'; last read: '3.,' (in y)"
        self.assertEqual(self.error(good + by_user), "p.jsonl: " + what.format(""))
        self.assertEqual(self.error(good[:-1], "--clients=4"), "p.jsonl: " + what.format(", of client 2"))
        self.lines(text.replace('"y": 3, ', ""))
        self.assertEqual(self.error(good + by_user), "p.jsonl: line 4: record 2, of client 1: field `y` of type int32 is missing")
        self.lines(text.replace("[5, 6]", "[5]"))
        self.assertEqual(self.error(good + by_user, entry="batched"),
                         "p.jsonl: line 4: record 2, of client 1: x: expected a list of 2, found a list of 1")
        self.lines("[1,2]\n")
        self.assertEqual(self.error(good + by_user),
                         "p.jsonl: line 1: record 0: partition: there is no column `user`; the record has none")
        self.assertEqual(self.error(good[:-1], "--clients=1"),
                         "p.jsonl: line 1: record 0, of client 0: expected an object with `x`, `y`, found a list of 2; "
                         'write {"x":...,"y":...} on each line')

    def test_arrays_that_do_not_fit(self):
        unfit = "p.npz: does not fit `data`, whose elements are float32[2],int32: "
        for more, message in (
                ({"y": None}, unfit + "there is no array `y`; the arrays are `x`, `age`, `user`, `w`, `classes`"),
                ({"y": ("<i8", (4,), range(4))}, unfit + "array `y` is of int64[4]; `.astype(numpy.int32)` makes it that"),
                ({"x": ("<f8", (4, 2), range(8))}, unfit + "array `x` is of float64[4,2]; `.astype(numpy.float32)` makes it that"),
                ({"x": ("<f4", (4, 3), range(12))}, unfit + "array `x` is of float32[4,3]"),
                ({"y": ("<i4", (3,), range(3))}, "p.npz: array `y` has 3 records, and `x` 4"),
                ({"y": ("<i4", (), [1])}, "p.npz: array `y` has no dimension of records"),
                ({"x": ("<f4", (2**40, 0), [])}, "p.npz: array `x` has 1099511627776 records of nothing, or too many")):
            self.assertEqual(self.error(self.arrays(**more)[:-1], "--clients=2"), message)
        self.assertEqual(self.error("npz:partition=iid", "--clients=2"), "records=PATH is missing")
        self.assertEqual(self.error("jsonl:images=a", "--clients=2"),
                         "unknown key `images`; the keys are records, batch, epochs, partition, shards, limit, shuffle")
        self.assertEqual(self.error(f"jsonl:records={self.folder}/none", "--clients=2"),
                         "none: cannot be read: No such file or directory")

    def test_arrays_that_no_program_takes(self):
        for dtype, what in (
                ("|O", "an array of Python objects (dtype `|O`), which only Python reads: make it one of numbers, such as "
                 "`.astype(numpy.float32)`"),
                ("<U3", "an array of texts (dtype `<U3`), which have no type here: number them, with "
                 "`numpy.unique(texts, return_inverse=True)[1].astype(numpy.int32)`"),
                ("|S3", "an array of texts (dtype `|S3`), which have no type here: number them, with "
                 "`numpy.unique(texts, return_inverse=True)[1].astype(numpy.int32)`"),
                (">i4", 'an array in the other byte order (dtype `>i4`): `.astype("<i4")` turns it'),
                ("<c8", "an array of elements that have no type here (dtype `<c8`)")):
            spec = self.arrays(names=(dtype, (4,), b"?" * 48), user=("|u1", (4, 3), "".join(USERS).encode()))
            self.assertEqual(self.error(spec + "partition=column:names"), f"p.npz: names.npy: {what}")
            # Nobody asks for them here.
            self.assertEqual(self.result(spec + "partition=column:user"), HELD)

    def test_labels_in_another_column(self):
        for spec in (self.lines(), self.arrays()):
            for how in ("labels:1:age", "dirichlet:0.001:age"):
                got = self.result(spec + "partition=" + how, "--clients=2")
                self.assertEqual(got["n"], [2, 2])
                self.assertEqual(sum(x[0] for x in got["x"]), 16)
            self.assertEqual(set(self.result(spec + "partition=labels:1:y", "--clients=4")["y"]), {1, 2, 3, 4})
        self.assertIn("there is no column `town`; the columns are `x`, `y`, `user`, `age`, `w`\n",
                      self.run_on(self.lines() + "partition=labels:1:town", "--clients=2")[2])
        for how in ("labels:2:", "labels::y", "dirichlet:x:y"):
            self.assertIn(f"partition: expected `iid`, `labels:K` (K from 1 on)", self.run_on(self.lines() + "partition=" + how)[2])

    def test_files_without_their_format(self):
        arrays, lines = (spec.split("=", 1)[1].split(",")[0] for spec in (self.arrays(), self.lines()))

        def says(spec, text):
            self.assertEqual(self.error(spec), text)
        says(arrays, "`p.npz` is no JSON; a data set has its format in front: --args=npz:records=p.npz")
        says("@" + arrays, "p.npz is no JSON; a data set has its format in front: --args=npz:records=p.npz")
        says(lines, "`p.jsonl` is no JSON; a data set has its format in front: --args=jsonl:records=p.jsonl")
        says("npz:" + arrays, "expected KEY=VALUE, found `p.npz`; write --args=npz:records=p.npz")
        says(f"jsonl:{lines},batch=2", "expected KEY=VALUE, found `p.jsonl`; write --args=jsonl:records=p.jsonl")
        says("idx:a.gz", "expected KEY=VALUE, found `a.gz`; write --args=idx:images=a.gz,labels=PATH")
        says("t10k-images-idx3-ubyte.gz", "`t10k-images-idx3-ubyte.gz` is no JSON; a data set has its format in front: "
             "--args=idx:images=t10k-images-idx3-ubyte.gz,labels=PATH")
        says("people.csv", "`people.csv` is no JSON; such files are not read: write a JSON object a line (jsonl:records=FILE), or "
             "the arrays of numpy.savez (npz:records=FILE)")
        says("json:people.txt", "there is no format `json`; a SPEC is JSON, @FILE with JSON, or a data set: "
             "idx:images=PATH,labels=PATH, jsonl:records=PATH or npz:records=PATH")
        says("npz:records=none.npz", "none.npz: cannot be read: No such file or directory")
        self.assertTrue(self.error("@" + lines).endswith("; a file with an object a line is --args=jsonl:records=p.jsonl"))

    def test_long_texts_in_messages(self):
        """What is quoted of data is an excerpt."""
        long = "k" * 3_000_000
        for record in (f'{{"{long}":1,"{long}":1}}', f'{{"x":[1,2],"y":"{long}"}}', f'{{"x":[1,2],"y":"{long}', f'{{"{long}":[}}',
                       f'{{"x":[1,2],"y":1.{"3" * 3_000_000}}}', json.dumps({f"{i}{long[:9999]}": 1 for i in range(300)}),
                       f'{{"x":[1,2],"y":1,"user":"{long}","z":{long}}}'):
            how = "partition=column:nobody" if record.endswith(long + "}") or "0k" in record[:9] else "epochs=1"
            error = self.error(self.lines(record) + how, "--clients=1")
            self.assertLess(len(error), 1500, error[:2000])

    def test_digits(self):
        with tempfile.NamedTemporaryFile("w", suffix=".fed") as f:
            f.write("fn labels(data: {<image=uint8[784], label=int32>*}@CLIENTS) -> {int32[2]}@CLIENTS {\n"
                    "  federated_map(fn(d) { sequence_reduce(d, zeros<int32[2]>(), fn(s, e) { s + concatenate((reshape<int32[1]>(e.label), "
                    "ones<int32[1]>())) }) }, data)\n}\n")
            f.flush()
            images, labels = (f"{DIGITS}/t10k-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
            with gzip.open(labels) as g:
                held = g.read()[8:]

            def run(more, images=images):
                return subprocess.run([FED_RUN, f.name, f"--args=idx:images={images},labels={labels},partition=column:{more}"],
                                      capture_output=True, text=True, timeout=120)
            done = run("label")
            self.assertEqual(json.loads(done.stdout), [[label * held.count(label), held.count(label)] for label in range(10)])
            self.assertEqual(run("image").stderr, f"error: --args: {images}: partition: column `image` has a uint8[28,28] for each "
                             "record; a partition goes by integers or texts\n")
            self.assertEqual(run("writer").stderr,
                             f"error: --args: {images}: partition: there is no column `writer`; the columns are `image`, `label`\n")
            # Cut in record 5, whose client is that of its label.
            cut = self.folder + "/cut"
            with gzip.open(images) as g, open(cut, "wb") as out:
                out.write(g.read(16 + 784 * 5 + 10))
            self.assertEqual(run("label", cut).stderr, f"error: --args: {cut}: record 5 of {len(held)}, of client {held[5]}: "
                             "the file ends in it\n")


if __name__ == "__main__":
    FED_RUN, PROGRAM, DIGITS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
