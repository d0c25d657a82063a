#include "tools/fed-run/flags.h"

#include <algorithm>
#include <charconv>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/driver/define.h"

namespace fedrun {

const char kHelp[] = R"(Runs a federated computation over simulated clients, on the code that ships.

usage: fed-run FILE.fed [--entry=NAME] [--args=JSON|@FILE]
       fed-run FILE.fed --process=NAME --rounds=R --clients=N --data=SPEC [...]

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
  --process=NAME     which process
  --rounds=R         how many rounds (1)
  --clients=N        how many clients hold the data
  --data=SPEC        what the clients hold, for next
  --eval-data=SPEC   the same for evaluate, which has its own clients
  --args=JSON|@FILE  arguments that no SPEC gives (of initialize, or at the server)
  --init=FILE.npz    start from a saved state instead of initialize
  --state-out=FILE   save the last state as .npz (numpy.load reads it)
  --metrics=FILE     write the metrics as CSV, a row a round
  --seed=S           seed of the data's shuffle, where the SPEC gives none (0)

SPEC is one of
  JSON or @FILE      the function's arguments but the state: '{"data":[[1,2],[3]]}'
  idx:images=PATH,labels=PATH[,batch=B][,epochs=E][,shards=I/N][,limit=L][,shuffle=SEED|none]
                     image files in MNIST's format, gzipped or not. The examples are shuffled, cut
                     to the first L, to shard I of N (counted from 0), and dealt evenly to the
                     clients.
                     Each goes E times through its own, in batches of B (the bound in the program's
                     type if not given). Images become float32 in [0, 1] or raw uint8, in the shape
                     that the program declares; labels the program's integer type. Write a comma in
                     a path as "\,".

Both:
  --set NAME=VALUE   a parameter of the program; once for each parameter
  --drop-failed-clients
                     a client whose code fails leaves the round, as a device would; else its error
                     ends the run
  --threads=T        threads (as many as there are processors); results do not depend on it
  --program=FILE.so  instead of FILE.fed: what `fedc --emit=obj` made, the client's and the server's
                     object linked by `clang-22 -shared`
  -D, --define NAME=VALUE, -I, --import DIR
                     as fedc has them: the value of a constant; a folder to look for imports in
  --help             this text

Exit status: 0 success; 1 an error in the program or its data; 2 an error in the command line.

examples:
  fed-run average.fed --args='{"readings":[68.5,70.3,69.8]}'
  fed-run mnist.fed --process=training --rounds=20 --clients=100 --set lr=0.05 \
    --data=idx:images=train-images.gz,labels=train-labels.gz,batch=20,epochs=5 \
    --eval-data=idx:images=test-images.gz,labels=test-labels.gz \
    --state-out=model.npz --metrics=rounds.csv
)";

namespace {

absl::Status wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

absl::Status number(const std::string& flag, const std::string& text, uint64_t least, uint64_t most,
                    uint64_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error == std::errc() && end == text.data() + text.size() && *out >= least && *out <= most)
    return absl::OkStatus();
  return wrong(absl::StrCat(flag, ": expected a whole number from ", least, " to ", most,
                            ", found `", text, "`"));
}

// The steps from one word to the other, to guess what was meant.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

absl::StatusOr<Flags> parse_flags(int argc, char** argv) {
  Flags flags;
  flags.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::map<std::string, std::string*> texts = {
      {"--program", &flags.program}, {"--entry", &flags.entry},
      {"--args", &flags.args},       {"--process", &flags.process},
      {"--data", &flags.data},       {"--eval-data", &flags.eval_data},
      {"--init", &flags.init},       {"--state-out", &flags.state_out},
      {"--metrics", &flags.metrics},
  };
  const std::vector<std::string> others = {"--rounds",  "--clients", "--seed",
                                           "--threads", "--set",     "--help",
                                           "--define",  "--import",  "--drop-failed-clients"};
  std::vector<std::string> seen;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "-h" || word == "--help") {
      flags.help = true;
      return flags;
    }
    if (word.empty() || word[0] != '-' || word == "-") {
      if (!flags.file.empty())
        return wrong(absl::StrCat("one program at a time: `", flags.file, "` and `", word, "`"));
      flags.file = word;
      continue;
    }
    if (word == "--drop-failed-clients") {
      flags.drop_failed_clients = true;
      continue;
    }
    const bool letter = word.size() >= 2 && (word[1] == 'D' || word[1] == 'I');
    const size_t equals = letter ? std::string::npos : word.find('=');
    std::string flag = letter ? word.substr(0, 2) : word.substr(0, equals);
    if (letter || flag == "--define" || flag == "--import") {
      std::string value;
      if (letter && word.size() > 2)
        value = word.substr(2);
      else if (equals != std::string::npos)
        value = word.substr(equals + 1);
      else if (i + 1 < argc)
        value = argv[++i];
      if (value.empty()) return wrong(absl::StrCat(flag, ": a value is missing"));
      if (flag == "-I" || flag == "--import") {
        flags.import_path.push_back(value);
      } else if (std::string error; !fedc::add_define(value, &flags.defines, &error)) {
        return wrong(error);
      }
      continue;
    }
    const auto text = texts.find(flag);
    if (text == texts.end() && std::find(others.begin(), others.end(), flag) == others.end()) {
      std::string nearest;
      size_t best = 3;
      const auto consider = [&](const std::string& name) {
        if (const size_t d = distance(flag, name); d < best) best = d, nearest = name;
      };
      for (const auto& [name, target] : texts) consider(name);
      for (const std::string& name : others) consider(name);
      return wrong(absl::StrCat("unknown flag `", flag, "`",
                                nearest.empty() ? "" : "; did you mean `" + nearest + "`?"));
    }
    std::string value;
    if (equals != std::string::npos)
      value = word.substr(equals + 1);
    else if (i + 1 < argc)
      value = argv[++i];
    else
      return wrong(absl::StrCat(flag, ": a value is missing"));
    if (flag != "--set") {
      if (std::find(seen.begin(), seen.end(), flag) != seen.end())
        return wrong(absl::StrCat(flag, " stands twice"));
      seen.push_back(flag);
    }
    absl::Status status;
    uint64_t parsed = 0;
    if (text != texts.end()) {
      if (value.empty()) return wrong(absl::StrCat(flag, ": a value is missing"));
      *text->second = value;
    } else if (flag == "--rounds") {
      status = number(flag, value, 1, 1000000000, &flags.rounds);
    } else if (flag == "--clients") {
      status = number(flag, value, 0, 100000000, &parsed);
      flags.clients = parsed;
    } else if (flag == "--seed") {
      status = number(flag, value, 0, ~uint64_t{0}, &flags.seed);
    } else if (flag == "--threads") {
      status = number(flag, value, 1, 1024, &parsed);
      flags.threads = static_cast<int>(parsed);
    } else {
      const size_t sign = value.find('=');
      if (sign == std::string::npos || sign == 0)
        return wrong(absl::StrCat("--set: expected NAME=VALUE, found `", value, "`"));
      if (!flags.set.emplace(value.substr(0, sign), value.substr(sign + 1)).second)
        return wrong(absl::StrCat("--set ", value.substr(0, sign), " stands twice"));
    }
    if (!status.ok()) return status;
  }
  if (flags.file.empty() == flags.program.empty())
    return wrong(flags.file.empty() ? "a program is missing: FILE.fed"
                                    : "either FILE.fed or --program=FILE.so, not both");
  if (!flags.program.empty() && !(flags.defines.empty() && flags.import_path.empty()))
    return wrong("-D and -I are for programs that are compiled: FILE.fed");
  const auto is_set = [&](const std::string& flag) {
    return std::find(seen.begin(), seen.end(), flag) != seen.end();
  };
  if (flags.process.empty()) {
    for (const char* flag :
         {"--rounds", "--data", "--eval-data", "--init", "--state-out", "--metrics"})
      if (is_set(flag)) return wrong(absl::StrCat(flag, " is for processes: --process=NAME"));
  } else if (is_set("--entry")) {
    return wrong("--entry is for computations that run once; a process has --process alone");
  }
  return flags;
}

}  // namespace fedrun
