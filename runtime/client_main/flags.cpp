#include "runtime/client_main/flags.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "runtime/program/command_line.h"
#include "runtime/program/own_names.h"

namespace fedrt {
namespace {

constexpr char kHelp[] = R"(A client of the federated computation NAME.

usage: NAME_client --server=HOST:PORT --data=SPEC [...]

Works for the server (NAME_server) whenever that asks, until it needs this client no more.
The data stays here; what is sent is what `fedc --report=privacy` lists.

  --server=HOST:PORT  where the server listens. The client waits for a server that is not there yet,
                      or not there any more.
  --data=SPEC         what this client has: JSON (an object with an entry an argument), @FILE with
                      JSON in it, or image files in MNIST's format:
                      idx:images=PATH,labels=PATH[,batch=B][,epochs=E][,partition=HOW]
                         [,shards=I/N][,limit=L][,shuffle=SEED|none]
                      or records, lines of JSON or NumPy's arrays:
                      jsonl:records=PATH[,batch=B]..., npz:records=PATH[,batch=B]...
                      shards=I/N is what client I of N has in `fed-run --clients=N`.
  --eval-data=SPEC    what a process's evaluate gets; without it that of --data, where it fits
  --host NAME=VALUE   what the program takes `from host`, in JSON: --host steps=5; once for each
  --seed=S            seed of the data's shuffle, where the SPEC gives none (0)
  --state=FILE.npz    keep this client's state of a process (client_state) in a file, so that it
                      goes on when the client is started again. Written before a round is over for
                      this client; always whole. Only the program whose state it is reads it.
  --adopt-state       go on with a state of another program, such as one before a change to it,
                      where its arrays fit
  --rounds=R          leave after R accepted rounds; an evaluation is one, too
  --give-up=S         end if nothing is heard of the server for S seconds (0: never)
  --quiet             no lines about rounds and connections, only errors
  --help, --version   this text; the version, the program and its hash

What a round leaves on the client goes to standard output as JSON, a line a round.

Ctrl-C and SIGTERM end the client at once; its state is that before the round. Twice kills it.
Exit status: 0 the server needs no more, or --rounds are done; 1 an error in what runs, or rounds
of which none was accepted; 2 an error in the command line; 130 and 143 ended by Ctrl-C or SIGTERM.

examples:
  NAME_client --server=127.0.0.1:8470 --data=@mine.json
  NAME_client --server=fed.example.org:8470 --give-up=3600 --state=mine.npz \
    --data=idx:images=images.gz,labels=labels.gz,shards=3/8
)";

constexpr uint64_t kMostSeconds = 4000000;  // in milliseconds it fits 32 bits

absl::Status wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

}  // namespace

std::string client_help(const std::string& name) {
  return absl::StrReplaceAll(kHelp,
                             {{"NAME_", name + "_"}, {"computation NAME", "computation " + name}});
}

absl::StatusOr<ClientFlags> parse_client_flags(int argc, char** argv,
                                               const proto::Manifest& manifest) {
  ClientFlags flags;
  CommandLine line;
  line.text("--server", &flags.server);
  line.text("--data", &flags.data);
  line.text("--eval-data", &flags.eval_data);
  line.text("--state", &flags.state);
  line.pairs("--host", &flags.host);
  line.number("--rounds", 1, 1000000000, &flags.rounds);
  line.number("--seed", 0, ~uint64_t{0}, &flags.seed);
  line.number("--give-up", 0, kMostSeconds, &flags.give_up);
  line.toggle("--quiet", &flags.quiet);
  line.toggle("--adopt-state", &flags.adopt_state);
  for (const char* flag : {"--set", "--args", "--clients", "--min-clients", "--process", "--entry",
                           "--init", "--state-out", "--metrics", "--evaluate", "--listen"})
    line.elsewhere(flag, "is for the server, which decides it for all clients");
  line.own([&](const auto&) { return own_names(manifest, Runner::kClient); });
  std::vector<std::string> words;
  if (absl::Status status = line.parse(argc, argv, &words); !status.ok()) return status;
  flags.help = line.help();
  flags.version = line.version();
  if (flags.help || flags.version) return flags;
  if (!words.empty()) return wrong(absl::StrCat("expected a flag, found `", words[0], "`"));
  if (flags.adopt_state && flags.state.empty()) return wrong("--adopt-state needs --state=FILE");
  if (flags.server.empty()) return wrong("--server=HOST:PORT is missing");
  return flags;
}

}  // namespace fedrt
