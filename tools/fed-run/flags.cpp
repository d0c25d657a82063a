#include "tools/fed-run/flags.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/driver/define.h"
#include "runtime/program/command_line.h"

namespace fedrun {

const char kHelp[] = R"(Runs a federated computation over simulated clients, on the code that ships.

usage: fed-run FILE.fed [--entry=NAME] [--args=JSON|@FILE]
       fed-run FILE.fed [--process=NAME] --rounds=R --clients=N --data=SPEC [...]

A computation that runs once: compiles FILE.fed, runs it, and prints the result as JSON on standard
output, and nothing else there.
  --entry=NAME       which function; needed if there are several and none is called like the file
  --args=JSON|@FILE  its arguments, an object by parameter name. Numbers and nested lists are
                     tensors, lists are sequences, objects are structs with names (lists: without),
                     {T}@CLIENTS is a list with one entry a client, T@SERVER is the value itself.
                     "Infinity", "-Infinity" and "NaN" are strings.
  --clients=N        how many clients there are if no argument says it (1)

A process: its initialize, then rounds of its next, each followed by its evaluate if there is
--eval-data. Prints the metrics of every round.
  --process=NAME     which process, if there are several. Where functions run once as well, any flag
                     that only a process takes, such as --rounds, says that it is meant
  --rounds=R         how many rounds (1)
  --clients=N        how many clients hold the data
  --cohort=N|F       how many of them take part in a round, 10, or which fraction, 0.1: others in
                     each round (all)
  --cohort-seed=S    seed of who does (--seed)
  --data=SPEC        what the clients hold, for next
  --eval-data=SPEC   the same for evaluate, which has its own clients, all of whom take part
  --eval-clients=N   how many these are, where the SPEC does not say it (--clients)
  --eval-every=N     evaluate after each N-th round, and after the last (1)
  --args=JSON|@FILE  arguments that no SPEC gives (of initialize, or at the server)
  --init=FILE.npz    start from a saved state instead of initialize
  --state-out=FILE   save the last state as .npz (numpy.load reads it)
  --metrics=FILE     write the metrics as CSV, a row a round
  --target=METRIC>=X (or <=) stop when a metric gets there, 'eval.accuracy>=0.97', and say when
  --checkpoint=FILE  write all that the run needs to go on, after each N-th round
  --checkpoint-every=N
                     that N (1)
  --resume           go on after the round of --checkpoint, if that is there: the results are those
                     of a run that never ended

  --host-each-round NAME=JSON|@FILE
                     what the program takes `from host`, another value in each round: a list with
                     one entry a round, each of which --host would take

  --sweep NAME=V,W   one run for each of these values of a parameter, one after the other, and a
                     line of the last metrics for each; of several parameters all combinations.
                     Files of a run have its values in their names: model-lr=0.05.npz
  --sweep-table=FILE these lines as CSV

SPEC is one of
  JSON or @FILE      the function's arguments but the state: '{"data":[[1,2],[3]]}'
  idx:images=PATH,labels=PATH[,batch=B][,epochs=E][,partition=HOW][,shards=I/N][,limit=L]
                     [,shuffle=SEED|none]
                     image files in MNIST's format, gzipped or not. The examples are shuffled, cut
                     to the first L, and dealt to the clients, of whom shard I of N (counted from
                     0) is taken. HOW is `iid`, evenly; `labels:K`, K shards of the examples sorted
                     by label for each client; `dirichlet:ALPHA`, label by label as a Dirichlet
                     distribution says, the more unlike the smaller ALPHA is; `column:NAME`, a
                     client for each value of a column, so that --clients is not needed. The
                     column of labels is `label`, or as in `labels:K:NAME`, `dirichlet:ALPHA:NAME`.
                     Each goes E times through its own, in batches of B (the bound in the program's
                     type if not given). Images become float32 in [0, 1] or raw uint8, in the shape
                     that the program declares; labels the program's integer type. Write a comma in
                     a path as "\,".
  jsonl:records=PATH[,batch=B]...
                     records, a JSON object a line, dealt in the same way
  npz:records=PATH[,batch=B]...
                     the same of arrays with a row a record, as numpy.savez writes them

Both:
  --set NAME=VALUE   a parameter of the program; once for each parameter
  --host NAME=VALUE  what the program takes `from host`: JSON or @FILE, a list with one entry a
                     client, or what all clients have; once for each parameter
  --seed=S           seed of all keys, private ones too, since they are simulated, and of the data's
                     shuffle, where the SPEC gives none (0)
  --drop-failed-clients
                     a client whose code fails leaves the round, as a device would; else its error
                     ends the run
  --check-nan        end at the first operation that makes NaN or an infinity of finite numbers,
                     with its line; the code is slower, the results are the same
  --threads=T        threads (as many as there are processors); results do not depend on it
  --program=FILE.so  instead of FILE.fed: what `fedc --emit=obj` made, the client's and the server's
                     object linked by `clang-22 -shared`
  -D, --define NAME=VALUE, -I, --import DIR
                     as fedc has them: the value of a constant; a folder to look for imports in
  --cpu=PROFILE      as fedc has it: x86-64-v4 is faster on a machine with AVX-512, with the
                     same bits
  --help, --version  this text; the version

Ctrl-C and SIGTERM end the round in progress; the state is that of the last whole one. Twice kills.
Exit status: 0 success; 1 an error in the program or its data; 2 an error in the command line; 3
--target was not reached; 130 and 143 ended by Ctrl-C or SIGTERM.

examples:
  fed-run average.fed --args='{"readings":[68.5,70.3,69.8]}'
  fed-run mnist.fed --process=training --rounds=20 --clients=100 --set lr=0.05 \
    --data=idx:images=train-images.gz,labels=train-labels.gz,batch=20,epochs=5 \
    --eval-data=idx:images=test-images.gz,labels=test-labels.gz \
    --state-out=model.npz --metrics=rounds.csv
)";

namespace {

absl::Status wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

}  // namespace

absl::StatusOr<Flags> parse_flags(
    int argc, char** argv,
    const std::function<fedrt::CommandLine::Own(const Flags& flags,
                                                const std::vector<std::string>& words)>& own) {
  Flags flags;
  uint64_t threads = std::max(1u, std::thread::hardware_concurrency());
  fedrt::CommandLine line;
  line.text("--program", &flags.program);
  line.text("--entry", &flags.entry);
  line.text("--args", &flags.args);
  line.text("--process", &flags.process);
  line.text("--data", &flags.data);
  line.text("--eval-data", &flags.eval_data);
  line.text("--init", &flags.init);
  line.text("--state-out", &flags.state_out);
  line.text("--metrics", &flags.metrics);
  line.number("--rounds", 1, 1000000000, &flags.rounds);
  line.number("--clients", 0, 100000000, &flags.clients);
  line.number("--eval-clients", 1, 100000000, &flags.eval_clients);
  line.each("--cohort", "", [&](const std::string& value) {
    if (flags.cohort) return wrong("--cohort stands twice");
    const absl::StatusOr<fedrt::CohortSize> size = fedrt::parse_cohort(value);
    if (!size.ok()) return wrong(absl::StrCat("--cohort: ", std::string(size.status().message())));
    flags.cohort = *size;
    return absl::OkStatus();
  });
  line.number("--cohort-seed", 0, ~uint64_t{0}, &flags.cohort_seed);
  line.each("--target", "", [&](const std::string& value) {
    if (flags.target) return wrong("--target stands twice");
    const absl::StatusOr<Target> target = Target::parse(value);
    if (!target.ok())
      return wrong(absl::StrCat("--target: ", std::string(target.status().message())));
    flags.target = *target;
    flags.target_text = value;
    return absl::OkStatus();
  });
  line.each("--sweep", "", [&](const std::string& value) {
    absl::StatusOr<SweepAxis> axis = parse_sweep(value);
    if (!axis.ok()) return wrong(absl::StrCat("--sweep: ", std::string(axis.status().message())));
    for (const SweepAxis& other : flags.sweep)
      if (other.parameter == axis->parameter)
        return wrong(absl::StrCat("--sweep ", axis->parameter, " stands twice"));
    flags.sweep.push_back(*std::move(axis));
    return absl::OkStatus();
  });
  line.text("--sweep-table", &flags.sweep_table);
  line.text("--checkpoint", &flags.checkpoint);
  line.number("--checkpoint-every", 1, 1000000000, &flags.checkpoint_every);
  line.toggle("--resume", &flags.resume,
              "the file is that of --checkpoint: write --checkpoint=VALUE --resume");
  line.number("--eval-every", 1, 1000000000, &flags.eval_every);
  line.number("--seed", 0, ~uint64_t{0}, &flags.seed);
  line.number("--threads", 1, 1024, &threads);
  line.toggle("--drop-failed-clients", &flags.drop_failed_clients);
  line.toggle("--check-nan", &flags.check_nan);
  line.pairs("--set", &flags.set);
  line.pairs("--host", &flags.host);
  line.pairs("--host-each-round", &flags.host_rounds);
  line.each("--define", "-D", [&](const std::string& value) {
    std::string error = "--define: a value is missing";
    return !value.empty() && fedc::add_define(value, &flags.defines, &error) ? absl::OkStatus()
                                                                             : wrong(error);
  });
  line.each("--import", "-I", [&](const std::string& value) {
    if (value.empty()) return wrong("--import: a value is missing");
    flags.import_path.push_back(value);
    return absl::OkStatus();
  });
  line.each("--cpu", "", [&](const std::string& value) {
    if (value.empty()) return wrong("--cpu: a value is missing");
#if defined(__x86_64__)
    if (value != "x86-64-v3" && value != "x86-64-v4")
      return wrong(absl::StrCat("--cpu: there is no `", value,
                                "` here; write x86-64-v3 or, with AVX-512, x86-64-v4"));
#endif
    flags.cpu = value;
    return absl::OkStatus();
  });
  for (const char* flag : {"--emit", "--report", "--output", "-o"})
    line.elsewhere(flag, absl::StrCat("is for fedc: write `fedc FILE.fed ", flag,
                                      flag[1] == '-' ? "=" : " ", "VALUE`"));
  for (const char* flag : {"--listen", "--min-clients", "--phase-timeout"})
    line.elsewhere(flag, "is for a server, as fedc makes one; here all are in one process");
  line.elsewhere("--evaluate",
                 "is for a server; here evaluate runs where --eval-data=SPEC says over what");
  line.own([&](const std::vector<std::string>& words) { return own(flags, words); });
  std::vector<std::string> words;
  if (absl::Status status = line.parse(argc, argv, &words); !status.ok()) return status;
  flags.threads = static_cast<int>(threads);
  if (words.size() > 1)
    return wrong(absl::StrCat(
        "one program at a time: `", words[0], "` and `", words[1], "`",
        words[1].ends_with(".fed") ? ""
        : flags.resume && flags.checkpoint.empty()
            ? absl::StrCat("; a run is gone on with by --checkpoint=", words[1], " --resume")
            : "; the values of one flag have no spaces between them, or stand in quotes"));
  if (!words.empty()) flags.file = words[0];
  flags.help = line.help();
  flags.version = line.version();
  if (flags.help || flags.version) return flags;
  if (flags.file.empty() == flags.program.empty())
    return wrong(flags.file.empty() ? "a program is missing: FILE.fed"
                                    : "either FILE.fed or --program=FILE.so, not both");
  if (!flags.program.empty() &&
      !(flags.defines.empty() && flags.import_path.empty() && flags.cpu.empty()))
    return wrong("-D, -I and --cpu are for programs that are compiled: FILE.fed");
  if (flags.check_nan && !flags.program.empty())
    return wrong("--check-nan is for programs that are compiled: FILE.fed");
  if (flags.check_nan && flags.drop_failed_clients)
    return wrong(
        "--check-nan ends the run at the first client that fails, and "
        "--drop-failed-clients goes on without it");
  for (const char* flag : {"--process", "--rounds", "--cohort", "--cohort-seed", "--data",
                           "--eval-data", "--eval-clients", "--eval-every", "--init", "--state-out",
                           "--metrics", "--target", "--checkpoint", "--checkpoint-every",
                           "--resume", "--sweep", "--sweep-table", "--host-each-round"})
    if (line.given(flag) && flags.process_flag.empty()) flags.process_flag = flag;
  for (const SweepAxis& axis : flags.sweep)
    if (flags.set.count(axis.parameter) > 0)
      return wrong(absl::StrCat("`", axis.parameter, "` is both in --sweep and in --set"));
  for (const auto& [name, value] : flags.host_rounds)
    if (flags.host.count(name) > 0)
      return wrong(absl::StrCat("`", name, "` is both in --host-each-round and in --host"));
  if (const auto points = sweep_points(flags.sweep); !points.ok())
    return wrong(absl::StrCat("--sweep: ", std::string(points.status().message())));
  struct Needed {
    const char *flag, *other, *form;
  };
  for (const Needed& needed : {Needed{"--cohort-seed", "--cohort", "=N"},
                               {"--eval-every", "--eval-data", "=SPEC"},
                               {"--eval-clients", "--eval-data", "=SPEC"},
                               {"--checkpoint-every", "--checkpoint", "=FILE"},
                               {"--resume", "--checkpoint", "=FILE"},
                               {"--sweep-table", "--sweep", " NAME=VALUE,VALUE"}})
    if (line.given(needed.flag) && !line.given(needed.other))
      return wrong(absl::StrCat(needed.flag, " needs ", needed.other, needed.form));
  if (!flags.process_flag.empty() && !flags.entry.empty())
    return wrong(absl::StrCat(flags.process_flag,
                              " is for processes, and --entry for computations that run once"));
  return flags;
}

}  // namespace fedrun
