#include "compiler/driver/limits.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/driver/words.h"
#include "compiler/resources/report.h"

namespace fedc {
namespace {

namespace proto = fed::proto;
using core::Limit;

std::string bytes(uint64_t count) {
  return resources::grouped(static_cast<double>(count)) + (count == 1 ? " byte" : " bytes");
}

// A limit, as one writes it, that so many bytes keep to: `31KiB`.
std::string enough(uint64_t count) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB"};
  size_t unit = 0;
  while (count >= 1024 && unit + 1 < std::size(units)) {
    count = count / 1024 + (count % 1024 == 0 ? 0 : 1);
    ++unit;
  }
  return "`" + std::to_string(count) + units[unit] + "`";
}

// Something that takes a part of what is limited.
struct Part {
  std::string name;  // or ""
  uint64_t bytes = 0;
  SourceRange range;                // invalid: unknown
  std::vector<SourceRange> called;  // the calls that lead there, innermost first
};

// Of all the parts the largest is where the mistake is shown, the next two are mentioned.
void report(const Limit& limit, uint64_t taken, const std::string& what, std::vector<Part> parts,
            const std::string& hint, DiagnosticEngine& diagnostics) {
  parts.erase(std::remove_if(parts.begin(), parts.end(),
                             [](const Part& part) { return !part.range.valid(); }),
              parts.end());
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.bytes > b.bytes; });
  const std::string message =
      what + " " + bytes(taken) + ", more than the limit of " + bytes(limit.bytes);
  if (parts.empty()) {
    diagnostics.report(DiagnosticKind::LimitExceeded, limit.range, message).with_hint(hint);
    return;
  }
  const auto named = [](const Part& part) {
    return part.name.empty() ? std::string("this value") : "`" + part.name + "`";
  };
  Diagnostic& diagnostic = diagnostics
                               .report(DiagnosticKind::LimitExceeded, parts.front().range,
                                       message + ": " + named(parts.front()) + " takes " +
                                           bytes(parts.front().bytes) + " of them")
                               .with_hint(hint);
  for (SourceRange call : parts.front().called) diagnostic.with_note(call, "called here");
  diagnostic.with_note(limit.range, "the limit");
  for (size_t i = 1; i < parts.size() && i < 3; ++i)
    diagnostic.with_note(parts[i].range, named(parts[i]) + " takes " + bytes(parts[i].bytes));
}

Part part_of(const proto::Leaf& leaf, const proto::Manifest& manifest,
             const SourceManager& sources) {
  Part part{leaf.name(), leaf.bytes(), {}, {}};
  if (leaf.site() == 0 || leaf.site() >= static_cast<uint32_t>(manifest.sites_size())) return part;
  const proto::Site& site = manifest.sites(static_cast<int>(leaf.site()));
  part.range = word_at(sources, site.file(), site.line(), site.column());
  return part;
}

// The buffers that live at the moment at which the most live.
std::vector<const resources::Buffer*> fullest(const resources::PhaseMemory& phase) {
  std::vector<const resources::Buffer*> best;
  int64_t most = -1;
  for (const resources::Buffer& at : phase.buffers) {
    std::vector<const resources::Buffer*> alive;
    int64_t sum = 0;
    for (const resources::Buffer& buffer : phase.buffers) {
      if (buffer.first > at.first || buffer.last < at.first) continue;
      alive.push_back(&buffer);
      sum += buffer.bytes;
    }
    if (sum > most) {
      most = sum;
      best = std::move(alive);
    }
  }
  return best;
}

}  // namespace

void check_message_limits(const core::Program& program, const proto::Manifest& manifest,
                          const SourceManager& sources, DiagnosticEngine& diagnostics) {
  for (const Limit& limit : program.limits) {
    const bool up = limit.quantity == core::Quantity::kUp;
    if (!up && limit.quantity != core::Quantity::kDown) continue;
    for (const proto::Computation& computation : manifest.computations()) {
      uint64_t sum = 0;
      std::vector<Part> parts;
      for (const proto::Phase& phase : computation.client().phases()) {
        const proto::Layout& message = up ? phase.message_out() : phase.message_in();
        sum += message.bytes();
        for (const proto::Leaf& leaf : message.leaves())
          parts.push_back(part_of(leaf, manifest, sources));
      }
      if (sum <= limit.bytes) continue;
      report(limit, sum,
             "in `" + computation.name() + "` a client " + (up ? "uploads" : "downloads"),
             std::move(parts),
             "raise the limit to " + enough(sum) +
                 ", or send less; `fedc --report=cost` shows what each phase takes",
             diagnostics);
    }
  }
}

void check_code_limits(const core::Program& program, const resources::Side& side,
                       const SourceManager& sources, DiagnosticEngine& diagnostics) {
  const std::string who = side.server ? "the server's" : "the client's";
  for (const Limit& limit : program.limits) {
    if (limit.server != side.server) continue;
    const auto at_limit = [&](uint64_t taken, const char* what, const char* hint) {
      if (taken > limit.bytes)
        report(limit, taken, who + " " + what + " takes", {}, hint, diagnostics);
    };
    if (limit.quantity == core::Quantity::kStack)
      at_limit(side.stack_bytes, "stack", "`fedc --report=memory` shows it");
    if (limit.quantity == core::Quantity::kCode)
      at_limit(side.code_bytes, "code", "`fedc --report=cost` shows it");
    if (limit.quantity != core::Quantity::kArena) continue;
    for (const resources::PhaseMemory& phase : side.phases) {
      if (static_cast<uint64_t>(phase.arena_bytes) <= limit.bytes) continue;
      std::vector<Part> parts;
      for (const resources::Buffer* buffer : fullest(phase)) {
        Part part{buffer->name, static_cast<uint64_t>(buffer->bytes), {}, {}};
        for (const resources::Place& place : buffer->made) {
          const SourceRange range = word_at(sources, place.file, place.line, place.column);
          if (!part.range.valid()) {
            part.range = range;
          } else {
            part.called.push_back(range);
          }
        }
        parts.push_back(std::move(part));
      }
      report(limit, static_cast<uint64_t>(phase.arena_bytes),
             "in `" + phase.computation + "` " + who + " arena takes", std::move(parts),
             "`fedc --report=memory` shows what is in it, and when", diagnostics);
    }
  }
}

}  // namespace fedc
