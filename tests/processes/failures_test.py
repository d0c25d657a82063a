"""What goes wrong with processes: command lines, data, signals, and servers and clients that go away."""
import os
import signal
import socket
import subprocess
import time
import unittest
import zipfile

from processes import HERE, INTERRUPT, KILL, LIMIT_S, MNIST, TERMINATE, X86, ProcessTest, digits

NOWHERE = "127.0.0.1:1"  # where nobody listens


class Failures(ProcessTest):
    PROGRAMS = [(f"{HERE}/counter.fed", [X86]), (f"{HERE}/shares.fed", [X86]),
                (f"{MNIST}/mnist.fed", [X86])]

    def refused(self, name, flags, status, message):
        done = subprocess.run([f"{self.built.name}/{X86}/{name}_client", *flags], capture_output=True,
                              text=True, timeout=LIMIT_S, check=False)
        self.assertEqual((done.returncode, done.stdout), (status, ""), flags)
        self.assertEqual(done.stderr, message + "\n", flags)

    def test_command_lines(self):
        for flags, message in [
                ([], "--server=HOST:PORT is missing"),
                (["--server=x"], "--server: `x` is no address of a server: it is HOST:PORT, such as 127.0.0.1:8080"),
                (["--servr=x"], "unknown flag `--servr`; did you mean `--server`?"),
                (["--people=3"], "unknown flag `--people`; `people` is an argument of `shares`: write `--data='{\"people\":3}'`"),
                (["--epochs=3"], "unknown flag `--epochs`; `epochs` is a part of the SPEC of data in files: write "
                                 "`--data=jsonl:records=PATH,epochs=3`"),
                (["--server=h:1", "--set", "lr=1"], "--set is for the server, which decides it for all clients"),
                (["--server=h:1", "more"], "expected a flag, found `more`"),
                (["--server=h:1", "--adopt-state"], "--adopt-state needs --state=FILE"),
                (["--server=h:1", "--rounds=0"], "--rounds: expected a whole number from 1 to 1000000000, found `0`"),
                (["--server=h:1", "--server=h:2"], "--server stands twice")]:
            self.refused("shares", flags, 2, f"shares_client: {message}\nSee shares_client --help.")

    def test_a_server_checks_before_it_listens(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        state = f"{self.folder}/wrong.npz"
        with zipfile.ZipFile(state, "w") as archive:
            archive.writestr("total.npy", b"")
        for name, flags, status, message in [
                ("counter", ["--listen=x"], 2, "--listen: expected HOST:PORT, found `x`"),
                ("counter", ["--listen=:99999"], 2, "--listen: expected HOST:PORT, found `:99999`"),
                ("counter", ["--threads=0"], 2, "--threads: expected a whole number from 1 to 1024, found `0`"),
                ("counter", ["--threads=two"], 2, "--threads: expected a whole number from 1 to 1024, found `two`"),
                ("counter", ["--data={}"], 2, "--data is for the clients, each of which has its own"),
                ("counter", ["--step=1"], 2, "unknown flag `--step`; `step` is an argument of `counter.next`, which each client "
                                             "has: its `--data='{\"step\":1}'`"),
                ("counter", ["--frob=1"], 2, "unknown flag `--frob`; the program has no parameters"),
                ("mnist", ["--lr=1"], 2, "unknown flag `--lr`; `lr` is a parameter of the program: write `--set lr=1`"),
                ("counter", [f"--listen={address}"], 1, f"--listen: {address}: Address already in use"),
                ("counter", ["--set", "lr=1"], 1, "--set lr: the program has no parameter `lr`; it has none"),
                ("counter", ["--process=no"], 1, "the program has no process `no`; it has `counter`"),
                ("counter", ["--evaluate"], 1, "--evaluate: process `counter` has no evaluate"),
                ("counter", ['--args={"a":1}'], 1, "--args: no function of the process takes `a`"),
                ("counter", ["--init=none.npz"], 1, "--init: none.npz: cannot be read: No such file or directory"),
                ("counter", [f"--init={state}"], 1, f"--init: {state}: total.npy: not a .npy array"),
                ("counter", ["--state-out=/no/such/s.npz"], 1,
                 "--state-out: /no/such/s.npz: cannot be written: No such file or directory"),
                ("counter", ["--metrics=/no/such/m.csv"], 1,
                 "--metrics: /no/such/m.csv: cannot be written: No such file or directory"),
                ("shares", ["--rounds=2"], 1, "--rounds is for processes, and the program has none"),
                ("shares", ["--entry=no"], 1, "--entry: no function `no` runs once; there are `shares`"),
                ("shares", ['--args={"people":1}'], 1, "--args: expected {} (nothing is taken), found an object"),
                ("shares", ["--args=no"], 1, "--args: line 1, column 2: invalid literal")]:
            listen = [] if any(f.startswith("--listen") for f in flags) else ["--listen=127.0.0.1:0"]
            done = subprocess.run([f"{self.built.name}/{X86}/{name}_server", "--clients=1", *listen, *flags],
                                  capture_output=True, text=True, timeout=LIMIT_S, check=False)
            begin = f"{name}_server: " if status == 2 else "error: "
            self.assertEqual((done.returncode, done.stdout), (status, ""), flags)
            self.assertTrue(done.stderr.startswith(begin + message), done.stderr)
            self.assertNotIn("listening", done.stderr)

    def test_versions(self):
        for side in "client", "server":
            done = subprocess.run([f"{self.built.name}/{X86}/mnist_{side}", "--version"], capture_output=True,
                                  text=True, timeout=LIMIT_S, check=True)
            self.assertRegex(done.stdout, rf"^mnist_{side} \(fedc [0-9.]+\)\nprogram mnist, hash [0-9a-f]{{64}}\n"
                                          r"processes: training\n$")

    def test_what_cannot_be_printed(self):
        said = "standard output cannot be written: No space left on device\n"
        for side in "client", "server":
            done = self.start("sh", "-c", f"exec {self.built.name}/{X86}/shares_{side} --help >/dev/full")
            self.assertEqual((done.wait(), done.said()), (1, "error: " + said))
        model = f"{self.folder}/total.npz"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        server = self.start("sh", "-c", 'exec "$@" >/dev/full', "sh", f"{self.built.name}/{X86}/counter_server",
                            f"--listen={address}", "--clients=1", "--rounds=3", f"--state-out={model}")
        server.until_said("listening on ")
        server.address = address
        client = self.client("counter", server, '--data={"step":5}', "--quiet")
        self.finish(client)
        self.assertEqual(server.wait(), 1)
        self.assertIn("round 1: warning: " + said[:-1] + "; the rounds go on\n", server.said())
        self.assertTrue(server.said().endswith("of round 1: " + said), server.said())
        self.assertEqual(int.from_bytes(zipfile.ZipFile(model).read("state.npy")[-8:], "little"), 15)

    def test_data_that_does_not_fit(self):
        server = f"--server={NOWHERE}"
        text = f"{self.folder}/no.npz"
        with open(text, "w", encoding="utf-8") as f:
            f.write("no archive\n")
        for name, flags, message in [
                ("shares", [], "--data is missing: `shares` takes `people` of type <people=int32@CLIENTS>; write --data='{\"people\":1}'"),
                ("shares", ['--data={"people":[1]}'], "--data: people: expected an integer from -2147483648 to 2147483647 (int32), found a list of 1"),
                ("shares", ['--data={"peple":1}'], "--data: unknown field `peple`; the fields are `people`"),
                ("shares", ["--data=@none.json"], "--data: none.json: cannot be read: No such file or directory"),
                ("shares", ['--data={"people":1}', "--eval-data={}"],
                 "--eval-data: clients of this program have no such data"),
                ("shares", ['--data={"people":1}', "--state=s.npz"], "--state: clients of `shares` keep no state"),
                ("counter", ['--data={"step":1}', "--state=/no/such/s.npz"],
                 "--state: /no/such/s.npz: cannot be written: No such file or directory"),
                ("counter", ['--data={"step":1}', f"--state={text}"],
                 f"--state: {text}: not a zip archive, or cut short")]:
            self.refused(name, [server, *flags], 1, f"error: {message}")

    def bomb(self, path, name, shape):
        """An archive of a deflated array of zeros."""
        header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}"
        header += " " * (63 - (10 + len(header)) % 64) + "\n"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            with archive.open(name + ".npy", "w", force_zip64=False) as entry:
                entry.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
                for _ in range(64):
                    entry.write(bytes(1 << 20))

    def test_hostile_files(self):
        """Nothing is read or unpacked that cannot be wanted, and nothing reaches the terminal raw."""
        bomb, escape, state = (f"{self.folder}/{name}.npz" for name in ("bomb", "escape", "state"))
        self.bomb(bomb, "state", "(8388608,)")
        self.bomb(escape, "a\x1b[2J", "(8388608,)")
        self.bomb(state, "counter.state", "(8388608,)")
        nul = f"{self.folder}/nul.json"
        with open(nul, "wb") as f:
            f.write(b'{"step":\n1}\0{"step":2}')
        small = ["sh", "-c", 'ulimit -v 2000000; exec "$@"', "sh"]
        programs = f"{self.built.name}/{X86}"
        for command, message in [
                (["server", "--listen=127.0.0.1:0", "--clients=1", f"--init={bomb}"],
                 f"--init: {bomb}: `state`: expected int64, found int64[8388608]"),
                (["server", "--listen=127.0.0.1:0", "--clients=1", f"--init={escape}"],
                 f"--init: {escape}: `a\\x1b[2J` is not in the state, which is `state`"),
                (["server", "--listen=127.0.0.1:0", "--clients=1", "--init=/dev/zero"],
                 "--init: /dev/zero: not a zip archive, or cut short"),
                (["client", f"--server={NOWHERE}", '--data={"step":1}', f"--state={state}"],
                 f"--state: {state}: `counter.state`: expected int32, found int64[8388608]"),
                (["client", f"--server={NOWHERE}", f"--data=@{nul}"],
                 f"--data: {nul}: line 2, column 3: a NUL character, which is no JSON")]:
            done = self.start(*small, f"{programs}/counter_{command[0]}", *command[1:])
            self.assertEqual((done.wait(), done.said()), (1, f"error: {message}\n"))
        done = self.start(f"{programs}/counter_client", f"--server={NOWHERE}", "--data=@/dev/zero")
        self.assertEqual((done.wait(), done.said()),
                         (1, "error: --data: /dev/zero: is longer than 1024 MiB, the most that is read\n"))

    def test_a_state_of_two_clients(self):
        state = f"{self.folder}/mine.npz"
        server = self.server("counter", "--clients=1", "--rounds=1000000", "--phase-timeout=1")
        first = self.client("counter", server, '--data={"step":1}', f"--state={state}")
        first.until_said("accepted")
        second = self.client("counter", server, '--data={"step":1}', f"--state={state}")
        self.assertEqual((second.wait(), second.said()),
                         (1, f"error: --state: {state}: another client uses it, and each has a state of its own\n"))
        first.send(KILL)
        first.wait()
        third = self.client("counter", server, '--data={"step":1}', f"--state={state}", "--rounds=1")
        self.finish(third)

    def test_a_state_behind_links(self):
        """What they lead to is replaced, and is the state of one client, by whichever name."""
        os.mkdir(f"{self.folder}/there")
        names = [f"{self.folder}/{name}.npz" for name in ("one", "two")]
        for name in names:
            os.symlink("there/mine.npz", name)
        server = self.server("counter", "--clients=1", "--rounds=1000000", "--phase-timeout=1")
        first = self.client("counter", server, '--data={"step":1}', f"--state={names[0]}")
        first.until_said("accepted")
        second = self.client("counter", server, '--data={"step":1}', f"--state={names[1]}")
        self.assertEqual((second.wait(), second.said()),
                         (1, f"error: --state: {names[1]}: another client uses it, and each has a state of its own\n"))
        first.send(TERMINATE)
        first.wait()
        self.assertTrue(all(os.path.islink(name) for name in names))
        self.assertEqual(sorted(os.listdir(f"{self.folder}/there")), ["mine.npz", "mine.npz.lock"])

    def test_a_server_that_reads_a_pipe_is_ended(self):
        os.mkfifo(f"{self.folder}/pipe")
        server = self.start(f"{self.built.name}/{X86}/counter_server", "--listen=127.0.0.1:0", "--clients=1",
                            f"--init={self.folder}/pipe")
        time.sleep(0.5)
        self.assertIsNone(server.process.poll(), server.said())
        server.send(TERMINATE)
        self.assertEqual(server.wait(), -TERMINATE)

    def test_a_client_that_sleeps_through_a_round(self):
        server = self.server("counter", "--clients=1", "--rounds=1000000", "--phase-timeout=1")
        sleeps = self.client("counter", server, '--data={"step":1}')
        sleeps.until_said("round 5: counter.next: accepted")
        sleeps.send(signal.SIGSTOP)
        other = self.client("counter", server, '--data={"step":1}')
        other.until_said("accepted")
        other.send(TERMINATE)
        other.wait()
        before = sleeps.said().count("accepted")
        sleeps.send(signal.SIGCONT)
        sleeps.until(lambda: sleeps.said().count(": accepted") > before + 5, "rounds after it slept")

    def test_a_full_disk(self):
        """The model that does not fit is not there, and the one before it is whole."""
        disk = f"{self.folder}/disk"
        os.mkdir(disk)
        if os.system(f"mount -t tmpfs -o size=64k tmpfs {disk} 2>/dev/null") != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(os.system, f"umount -l {disk}")
        server = self.server("counter", "--clients=1", "--rounds=1000000", f"--state-out={disk}/total.npz")
        client = self.client("counter", server, '--data={"step":1}', "--give-up=5")
        client.until_said("round 3: counter.next: accepted")
        with open(f"{disk}/rest", "wb", buffering=0) as rest:
            try:
                while rest.write(bytes(4096)):
                    pass
            except OSError:
                pass
        self.assertEqual(server.wait(), 1)
        self.assertIn("error: --state-out: " + disk + "/total.npz: cannot be written: No space left on device",
                      server.said())
        self.assertTrue(zipfile.is_zipfile(f"{disk}/total.npz"))
        self.assertEqual(sorted(os.listdir(disk)), ["rest", "total.npz"])

    def test_help(self):
        done = subprocess.run([f"{self.built.name}/{X86}/shares_client", "--help"], capture_output=True,
                              text=True, timeout=LIMIT_S, check=True)
        self.assertTrue(done.stdout.startswith("A client of the federated computation shares.\n\nusage: shares_client "))
        self.assertLessEqual(max(map(len, done.stdout.split("\n"))), 100)

    def test_nobody_there(self):
        self.refused("shares", [f"--server={NOWHERE}", '--data={"people":1}', "--give-up=1", "--quiet"], 1,
                     "error: nothing was heard of the server for 1 s: 127.0.0.1:1: Failed to connect to "
                     "127.0.0.1 port 1 after 0 ms: Couldn't connect to server")

    def test_a_round_that_is_not_saved(self):
        """No client commits what the server has lost."""
        folder, state = f"{self.folder}/saved", f"{self.folder}/mine.npz"
        os.mkdir(folder)
        server = self.server("counter", "--clients=1", "--rounds=100000", f"--state-out={folder}/total.npz")
        client = self.client("counter", server, '--data={"step":1}', f"--state={state}", "--give-up=5")
        client.until_said("round 3: counter.next: accepted")
        os.rename(folder, folder + "2")
        self.assertEqual(server.wait(), 1)
        client.wait()
        self.assertIn("the server could not save what the round made", client.said())
        with zipfile.ZipFile(f"{folder}2/total.npz") as total, zipfile.ZipFile(state) as mine:
            saved = int.from_bytes(total.read(total.namelist()[0])[-8:], "little")
            committed = int.from_bytes(mine.read(mine.namelist()[0])[-4:], "little")
        self.assertEqual(saved, committed)

    def test_closed_streams(self):
        """What is opened later does not get the numbers of the standard streams."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        out = f"{self.folder}/closed.npz"
        quiet = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
        server = self.start(*quiet, f"{self.built.name}/{X86}/counter_server", f"--listen={address}", "--clients=1",
                            f"--state-out={out}")
        client = self.start(*quiet, f"{self.built.name}/{X86}/counter_client", f"--server={address}",
                            '--data={"step":1}', "--give-up=20")
        self.assertEqual((client.wait(), server.wait()), (0, 0))
        self.assertTrue(zipfile.is_zipfile(out))

    def test_another_program(self):
        server = self.server("shares", "--clients=1")
        client = self.client("counter", server, '--data={"step":1}', "--quiet")
        self.assertEqual(client.wait(), 1)
        self.assertRegex(client.said(), r"^error: the server at \S+ refuses this client: .*this server runs "
                         r"`shares` \(hash [0-9a-f]{64}\), and the client carries `counter` \(hash [0-9a-f]{64}\)")

    def test_an_error_in_compiled_code(self):
        server = self.server("shares", "--clients=2")
        well = self.client("shares", server, '--data={"people":4}', "--quiet")
        ill = self.client("shares", server, '--data={"people":0}')
        self.finish(server, well)
        self.assertEqual((server.printed(), well.printed()), ('{"mean":25}\n', '{"apart":0}\n'))
        self.assertEqual(ill.wait(), 1)
        self.assertIn("shares.fed:3:51: error: ", ill.said())
        self.assertIn("an integer was divided by zero (on this client, phase 1) [bad-value]", ill.said())
        self.assertIn("\nround 1: shares: not accepted: it failed on this device\n", ill.said())
        self.assertIn("error: none of this client's rounds was accepted\n", ill.said())

    def test_rounds_end_a_client(self):
        server = self.server("counter", "--clients=1", "--rounds=5")
        for _ in range(5):
            client = self.client("counter", server, '--data={"step":1}', "--rounds=1")
            self.finish(client)
            self.assertEqual(client.said().count(": accepted\n"), 1)
        self.finish(server)

    def test_state_is_kept_over_a_restart(self):
        state = f"{self.folder}/mine.npz"
        server = self.server("counter", "--clients=1", "--rounds=7")
        for rounds in 3, 4:
            self.finish(self.client("counter", server, '--data={"step":1}', f"--state={state}", f"--rounds={rounds}"))
        self.finish(server)
        self.assertTrue(server.printed().endswith("round 7/7: seen=7\n"), server.printed())
        with zipfile.ZipFile(state) as mine:
            self.assertEqual(mine.namelist(), ["counter.state.npy", "program.npy"])
            self.assertEqual(int.from_bytes(mine.read("counter.state.npy")[-4:], "little"), 7)

    def test_a_state_of_another_program(self):
        state, other, old = (f"{self.folder}/{name}.npz" for name in ("mine", "other", "old"))
        server = self.server("counter", "--clients=1", "--rounds=6")

        def client(path, *flags):
            return self.client("counter", server, '--data={"step":1}', f"--state={path}", "--rounds=2", *flags)
        self.finish(client(state))
        with zipfile.ZipFile(state) as mine, zipfile.ZipFile(other, "w") as changed, zipfile.ZipFile(old, "w") as hashless:
            for name in mine.namelist():
                array = mine.read(name)
                if name == "program.npy":
                    own = array[-32:].hex()
                    array = array[:-32] + bytes(32)
                else:
                    hashless.writestr(name, array)
                changed.writestr(name, array)
        refused = client(other)
        self.assertEqual((refused.wait(), refused.said()), (
            1, f"error: --state: {other}: it is the state of another program, of hash {'0' * 64}, and this one is {own}; name "
            "another file to begin anew, or give --adopt-state to go on with it where its arrays fit\n"))
        # From then on it is this program's, as is a file without a hash.
        for path, flags in ((other, ["--adopt-state"]), (old, [])):
            self.finish(client(path, *flags))
            with zipfile.ZipFile(path) as mine:
                self.assertEqual(mine.read("program.npy")[-32:].hex(), own)
                self.assertEqual(int.from_bytes(mine.read("counter.state.npy")[-4:], "little"), 4)
        self.finish(server)

    def test_a_state_that_cannot_be_written(self):
        folder = f"{self.folder}/goes"
        os.mkdir(folder)
        server = self.server("counter", "--clients=1", "--rounds=1000000")
        client = self.client("counter", server, '--data={"step":1}', f"--state={folder}/mine.npz", "--quiet")
        server.until_printed("round 5/")
        os.rename(folder, f"{self.folder}/gone")
        self.assertEqual((client.wait(), client.said()),
                         (1, f"error: --state: {folder}/mine.npz: cannot be written: No such file or directory\n"))

    def test_interrupted_clients(self):
        server = self.server("counter", "--clients=2", "--phase-timeout=1", "--rounds=1000000")
        stays, goes = (self.client("counter", server, '--data={"step":1}', "--quiet") for _ in range(2))
        server.until_printed("round 5/")
        goes.send(INTERRUPT)
        self.assertEqual((goes.wait(), goes.said()), (128 + INTERRUPT, "error: cancelled\n"))
        # The rounds go on with who is there.
        done = server.printed().count("\n")
        server.until(lambda: server.printed().count("\n") >= done + 2, "rounds")
        stays.send(TERMINATE)
        self.assertEqual(stays.wait(), 128 + TERMINATE)
        server.send(TERMINATE)
        self.assertEqual(server.wait(), 128 + TERMINATE)
        self.assertIn("cancelled in round", server.said())

    def test_a_server_that_waits_is_interrupted(self):
        server = self.server("counter", "--clients=2")
        server.send(INTERRUPT)
        self.assertEqual(server.wait(), 128 + INTERRUPT)
        self.assertIn("error: cancelled in round 1\n", server.said())

    def test_interrupted_while_it_computes(self):
        server = self.server("mnist", "--clients=1")
        client = self.client("mnist", server, "--data=" + digits("train", "limit=64,epochs=100000000"))
        client.until_said("checked in")
        time.sleep(0.3)  # most often until it computes; it ends as well where it does not yet
        client.send(INTERRUPT)
        self.assertEqual(client.wait(), 128 + INTERRUPT)
        self.assertIn("error: cancelled\n", client.said())

    def test_a_client_that_is_killed(self):
        server = self.server("counter", "--clients=2", "--phase-timeout=1", "--rounds=1000000")
        stays, goes = (self.client("counter", server, '--data={"step":1}', "--quiet") for _ in range(2))
        server.until_printed("round 5/")
        goes.send(KILL)
        goes.wait()
        done = server.printed().count("\n")
        server.until(lambda: server.printed().count("\n") >= done + 2, "rounds")

    def test_a_server_that_is_killed_and_comes_back(self):
        model = f"{self.folder}/total.npz"
        total = lambda: int.from_bytes(zipfile.ZipFile(model).read("state.npy")[-8:], "little")
        first = self.server("counter", "--clients=2", "--rounds=1000000", "--threads=2", f"--state-out={model}")
        clients = [self.client("counter", first, f'--data={{"step":{n}}}') for n in (3, 4)]
        first.until_printed("round 5/")
        first.send(KILL)
        self.assertEqual(first.wait(), -KILL)
        before = total()
        self.assertEqual(before % 7, 0)
        second = self.server("counter", "--clients=2", "--rounds=5", f"--init={model}", f"--state-out={model}",
                             listen=first.address)
        self.finish(second, *clients)
        self.assertEqual(total(), before + 5 * 7)
        for client in clients:
            self.assertIn("trying again", client.said())
            self.assertEqual(client.said().count("checked in at"), 2)


if __name__ == "__main__":
    unittest.main()
