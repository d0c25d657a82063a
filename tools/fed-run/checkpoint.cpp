#include "tools/fed-run/checkpoint.h"

#include <charconv>
#include <optional>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/npz.h"

namespace fedrun {
namespace {

using fedrt::Tensor;

// Names in the archive, and in its text.
constexpr char kRun[] = "run", kServer[] = "server/", kClients[] = "clients",
               kMetrics[] = "metrics/";
constexpr char kBegins[] = "fed-run checkpoint 1\n";
constexpr char kRound[] = "round", kTableBytes[] = "table bytes", kTableHash[] = "table hash",
               kTarget[] = "target", kProgram[] = "program";

Tensor bytes_of(std::string_view text) {
  return Tensor::of<uint8_t>({static_cast<int64_t>(text.size())},
                             std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

std::string text_of(const Settings& settings, const Progress& progress) {
  std::string text = kBegins;
  const auto line = [&](const std::string& name, const std::string& value) {
    absl::StrAppend(&text, name, "=", absl::CEscape(value), "\n");
  };
  line(kRound, std::to_string(progress.round));
  line(kTableBytes, std::to_string(progress.table.bytes));
  line(kTableHash, std::to_string(progress.table.hash));
  line(kTarget, progress.target);
  // Names of flags may have a parameter's name in them, and no sign of equality.
  for (const auto& [name, value] : settings) line(absl::StrCat("with ", name), value);
  return text;
}

std::optional<std::map<std::string, std::string>> lines_of(const std::string& text) {
  const std::string_view begins = kBegins;
  if (text.compare(0, begins.size(), begins) != 0) return std::nullopt;
  std::istringstream stream(text.substr(begins.size()));
  std::map<std::string, std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    const size_t sign = line.find('=');
    std::string value;
    if (sign == std::string::npos || !absl::CUnescape(line.substr(sign + 1), &value))
      return std::nullopt;
    lines[line.substr(0, sign)] = value;
  }
  return lines;
}

bool number_in(const std::map<std::string, std::string>& lines, const char* name, uint64_t* out) {
  const auto found = lines.find(name);
  if (found == lines.end()) return false;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

// "--seed=1", "--set lr=0.5", "no --cohort".
std::string shown(const Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "no " + name : absl::StrCat(name, "=", found->second);
}

// Enough of a program's hash to tell two apart.
std::string short_hash(const Settings& settings) {
  const auto found = settings.find(kProgram);
  return found == settings.end() ? "none" : found->second.substr(0, 12);
}

constexpr char kBeginAnew[] = "; to begin a new run, name another file by --checkpoint";

absl::Status compare(const Settings& then, const Settings& now) {
  Settings all = then;
  all.insert(now.begin(), now.end());
  // Of another program everything else is, too.
  if (then.count(kProgram) == 0 || then.at(kProgram) != now.at(kProgram))
    return absl::InvalidArgumentError(absl::StrCat(
        "it is of another program (its hash is ", short_hash(then), ", and that of this one ",
        short_hash(now), "), or of this one before a change to it or to its constants (-D)",
        kBeginAnew));
  for (const auto& [name, value] : all)
    if (shown(then, name) != shown(now, name))
      return absl::InvalidArgumentError(absl::StrCat("it is of a run with ", shown(then, name),
                                                     ", and this one has ", shown(now, name),
                                                     kBeginAnew));
  return absl::OkStatus();
}

}  // namespace

Settings settings_of(const Flags& flags, const fedrt::Program& program, const std::string& name,
                     uint64_t clients, const SweepPoint& point) {
  Settings settings;
  const auto add = [&](const std::string& flag, const std::string& value) {
    if (value.empty()) return;
    settings[flag] = value;
    if (value[0] != '@') return;
    if (const absl::StatusOr<std::string> text = fedrt::read_file(value.substr(1)); text.ok())
      absl::StrAppend(&settings[flag], " (",
                      absl::Hex(fedrt::hash_bytes(*text, fedrt::kNoBytesHash), absl::kZeroPad16),
                      ")");
  };
  settings[kProgram] = absl::BytesToHexString({reinterpret_cast<const char*>(program.hash()), 32});
  add("--process", name);
  add("--clients", std::to_string(clients));
  if (flags.cohort) {
    add("--cohort", std::to_string(flags.cohort->of(clients)));
    add("--cohort-seed", std::to_string(flags.cohort_seed.value_or(flags.seed)));
  }
  add("--seed", std::to_string(flags.seed));
  add("--data", flags.data);
  add("--eval-data", flags.eval_data);
  if (flags.eval_clients) add("--eval-clients", std::to_string(*flags.eval_clients));
  if (!flags.eval_data.empty()) add("--eval-every", std::to_string(flags.eval_every));
  add("--args", flags.args);
  add("--init", flags.init);
  add("--target", flags.target_text);
  if (flags.drop_failed_clients) add("--drop-failed-clients", "true");
  for (const auto& [parameter, value] : flags.set) add("--set " + parameter, value);
  for (const auto& [parameter, value] : point) add("--set " + parameter, value);
  for (const auto& [parameter, value] : flags.host) add("--host " + parameter, value);
  for (const auto& [parameter, value] : flags.host_rounds)
    add("--host-each-round " + parameter, value);
  return settings;
}

absl::Status write_checkpoint(const std::string& path, const Settings& settings,
                              const Progress& progress, const fedrt::Process& process) {
  fedrt::NamedTensors tensors;
  tensors.emplace_back(kRun, bytes_of(text_of(settings, progress)));
  for (auto& [name, tensor] : process.save()) tensors.emplace_back(kServer + name, tensor);
  tensors.emplace_back(kClients, bytes_of(process.client_states()));
  for (const fedrt::Metric& metric : progress.latest)
    tensors.emplace_back(kMetrics + metric.name, metric.tensor);
  return fedrt::write_npz(path, tensors);
}

absl::StatusOr<Progress> read_checkpoint(const std::string& path, const Settings& settings,
                                         uint64_t clients, fedrt::Process* process) {
  const auto bad = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
  };
  absl::StatusOr<fedrt::NamedTensors> read = fedrt::read_npz(path);
  if (!read.ok())
    return absl::Status(read.status().code(),
                        absl::StrCat(std::string(read.status().message()),
                                     "; a checkpoint is what --checkpoint wrote", kBeginAnew));
  const auto take = [&](const std::string& name) -> std::optional<std::string> {
    for (auto it = read->begin(); it != read->end(); ++it) {
      if (it->first != name) continue;
      if (it->second.element != fedrt::ElementType::kUint8) return std::nullopt;
      std::string bytes(it->second.bytes.begin(), it->second.bytes.end());
      read->erase(it);
      return bytes;
    }
    return std::nullopt;
  };
  Progress progress;
  std::erase_if(*read, [&](auto& named) {
    if (named.first.compare(0, sizeof kMetrics - 1, kMetrics) != 0) return false;
    progress.latest.push_back({named.first.substr(sizeof kMetrics - 1), std::move(named.second)});
    return true;
  });
  const std::optional<std::string> run = take(kRun), states = take(kClients);
  const auto lines = run ? lines_of(*run) : std::nullopt;
  if (!lines || !states || !number_in(*lines, kRound, &progress.round) ||
      !number_in(*lines, kTableBytes, &progress.table.bytes) ||
      !number_in(*lines, kTableHash, &progress.table.hash) || lines->count(kTarget) == 0)
    return bad(absl::StrCat(run ? "not a checkpoint of this version of fed-run"
                                : "no checkpoint of fed-run; from a state, as --state-out writes "
                                  "it, a run starts by --init=" +
                                      path,
                            kBeginAnew));
  progress.target = lines->at(kTarget);
  Settings then;
  const std::string with = "with ";
  for (const auto& [name, value] : *lines)
    if (name.compare(0, with.size(), with) == 0) then[name.substr(with.size())] = value;
  if (absl::Status status = compare(then, settings); !status.ok())
    return bad(std::string(status.message()));
  if (absl::Status status = process->resume(*read, kServer, path, *states, clients, progress.round);
      !status.ok())
    return status;
  return progress;
}

}  // namespace fedrun
