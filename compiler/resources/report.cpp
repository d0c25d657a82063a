#include "compiler/resources/report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

namespace fedc::resources {
namespace {

namespace proto = fed::proto;
using Json = nlohmann::ordered_json;

// The name of the file alone, since reports do not depend on where it lay; of a library's,
// "<std/nn.fed>", all of it.
std::string text_of(const Place& place) {
  const size_t slash =
      place.file.empty() || place.file.front() == '<' ? std::string::npos : place.file.rfind('/');
  return (slash == std::string::npos ? place.file : place.file.substr(slash + 1)) + ":" +
         std::to_string(place.line) + ":" + std::to_string(place.column);
}

// The user's line first: it is the one that they can change.
std::string text_of(const Places& places) {
  if (places.empty()) return "";
  if (places.size() == 1) return text_of(places.front());
  return text_of(places.back()) + ", in " + text_of(places.front());
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string bytes(double count) { return grouped(count) + (count == 1 ? " byte" : " bytes"); }

const char* name_of(bool server) { return server ? "server" : "client"; }

std::string title(const std::string& computation, bool server, int64_t level) {
  return computation + (server ? ", step " : ", phase ") + std::to_string(level) + " of the " +
         name_of(server);
}

// What a phase downloads and uploads; a server's steps have no messages of their own.
struct Messages {
  uint64_t down = 0, up = 0;
};
Messages messages_of(const proto::Manifest& manifest, const PhaseCost& cost) {
  if (cost.server) return {};
  for (const proto::Computation& computation : manifest.computations()) {
    if (computation.name() != cost.computation) continue;
    // Level 1 is the client's first phase.
    const int index = static_cast<int>(cost.level) - 1;
    if (index < 0 || index >= computation.client().phases_size()) return {};
    const proto::Phase& phase = computation.client().phases(index);
    return {phase.message_in().bytes(), phase.message_out().bytes()};
  }
  return {};
}

const PhaseMemory* memory_of(const std::vector<Side>& sides, const PhaseCost& cost) {
  for (const Side& side : sides)
    if (side.server == cost.server)
      for (const PhaseMemory& phase : side.phases)
        if (phase.computation == cost.computation && phase.level == cost.level) return &phase;
  return nullptr;
}

std::string work_text(const Work& work) {
  return grouped(work.operations) + " floating-point operations, " + bytes(work.bytes) + " moved";
}

std::string kept_text(const PhaseCost& cost) {
  std::string text;
  for (const KeptLoop& loop : cost.kept) {
    text += "  the gradient of the loop at " + text_of(loop.at) + ": ";
    text += loop.segment == 0 ? "stored, " : "recomputed, ";
    text += bytes(static_cast<double>(loop.bytes)) + " for " +
            grouped(static_cast<double>(loop.steps)) + (loop.steps == 1 ? " step" : " steps");
    if (loop.segment) text += ", " + grouped(static_cast<double>(loop.segment)) + " at a time";
    text += "\n";
  }
  return text;
}

std::string side_text(const Side& side) {
  return std::string(name_of(side.server)) + " for " + side.target + ": arena " +
         bytes(static_cast<double>(side.arena_bytes)) + ", stack at most " +
         bytes(static_cast<double>(side.stack_bytes)) + ", code " +
         bytes(static_cast<double>(side.code_bytes)) + "\n";
}

// "`end.model.w`, mnist.fed:64:27, last used at mnist.fed:70:1".
std::string what_of(const Buffer& buffer) {
  const std::string made = text_of(buffer.made), used = text_of(buffer.used);
  return (buffer.name.empty() ? "" : "`" + buffer.name + "`, ") +
         (made.empty() ? "made by the compiler" : made) +
         (!used.empty() && used != made ? ", last used at " + used : "");
}

// The moment at which the most bytes are alive, and the largest values that are alive then: what to
// make smaller, or to do without.
std::string peak_text(const std::vector<Buffer>& buffers) {
  constexpr size_t kMost = 5;
  std::map<int64_t, int64_t> changes;  // of the bytes alive, by moment
  for (const Buffer& buffer : buffers) {
    changes[buffer.first] += buffer.bytes;
    changes[buffer.last + 1] -= buffer.bytes;
  }
  int64_t alive = 0, most = 0, moment = 0;
  for (const auto& [at, change] : changes)
    if ((alive += change) > most) most = alive, moment = at;
  std::vector<const Buffer*> then;
  for (const Buffer& buffer : buffers)
    if (buffer.bytes > 0 && buffer.first <= moment && moment <= buffer.last)
      then.push_back(&buffer);
  std::stable_sort(then.begin(), then.end(),
                   [](const Buffer* a, const Buffer* b) { return a->bytes > b->bytes; });
  const size_t shown = std::min(then.size(), kMost);
  std::string text = "  " + bytes(static_cast<double>(most)) + " at the peak, moment " +
                     std::to_string(moment) + "; the largest values then:\n";
  for (size_t i = 0; i < shown; ++i)
    text += padded(grouped(static_cast<double>(then[i]->bytes)), 24) + "              " +
            what_of(*then[i]) + "\n";
  if (then.size() > shown)
    text += "                                      and " + std::to_string(then.size() - shown) +
            " more\n";
  return text;
}

}  // namespace

std::string grouped(double number) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.0f", number);
  std::string text = digits;
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(at, ",");
  return text;
}

std::string memory_report(const std::string& program, const std::vector<Side>& sides,
                          const std::vector<PhaseCost>& costs) {
  std::string text = "memory report of " + program + "\n";
  for (const Side& side : sides) {
    text += "\n" + side_text(side);
    for (const PhaseMemory& phase : side.phases) {
      text += "\n" + title(phase.computation, side.server, phase.level) + ": arena " +
              bytes(static_cast<double>(phase.arena_bytes)) + ", of which " +
              grouped(static_cast<double>(phase.live_bytes)) + " live at the most\n";
      for (const PhaseCost& cost : costs)
        if (memory_of(sides, cost) == &phase) text += kept_text(cost);
      if (phase.buffers.empty()) continue;
      std::vector<Buffer> buffers = phase.buffers;
      std::stable_sort(buffers.begin(), buffers.end(), [](const Buffer& a, const Buffer& b) {
        return a.offset != b.offset ? a.offset < b.offset : a.first < b.first;
      });
      text += peak_text(buffers);
      text += "      offset       bytes       alive  what\n";
      for (const Buffer& buffer : buffers) {
        if (buffer.bytes == 0) continue;
        text += padded(grouped(static_cast<double>(buffer.offset)), 12) +
                padded(grouped(static_cast<double>(buffer.bytes)), 12) +
                padded(std::to_string(buffer.first) + "-" + std::to_string(buffer.last), 12) +
                "  " + what_of(buffer) + "\n";
      }
    }
  }
  return text;
}

std::string cost_report(const proto::Manifest& manifest, const std::vector<Side>& sides,
                        const std::vector<PhaseCost>& costs) {
  std::string text =
      "cost report of " + manifest.name() + "\nunknown sizes (`?`) count at their bounds\n\n";
  for (const Side& side : sides) text += side_text(side);
  for (const PhaseCost& cost : costs) {
    text += "\n" + title(cost.computation, cost.server, cost.level) + "\n";
    if (!cost.server) {
      const Messages messages = messages_of(manifest, cost);
      text += "  down " + bytes(static_cast<double>(messages.down)) + ", up " +
              bytes(static_cast<double>(messages.up)) + "\n";
    }
    if (const PhaseMemory* memory = memory_of(sides, cost))
      text += "  arena " + bytes(static_cast<double>(memory->arena_bytes)) + "\n";
    text += "  once: " + work_text(cost.once) + "\n";
    for (const LoopWork& loop : cost.loops) {
      text += "  each " + loop.over + " at " + text_of(loop.at);
      if (loop.times != 1) text += " (a loop that runs " + grouped(loop.times) + " times)";
      text += ": " + work_text(loop.each) + "\n";
    }
  }
  return text;
}

std::string cost_json(const proto::Manifest& manifest, const std::vector<Side>& sides,
                      const std::vector<PhaseCost>& costs) {
  Json json;
  json["program"] = manifest.name();
  for (const Side& side : sides)
    json[name_of(side.server)] = {{"target", side.target},
                                  {"arena_bytes", side.arena_bytes},
                                  {"stack_bytes", side.stack_bytes},
                                  {"code_bytes", side.code_bytes}};
  json["phases"] = Json::array();
  for (const PhaseCost& cost : costs) {
    Json phase = {
        {"computation", cost.computation}, {"side", name_of(cost.server)}, {"level", cost.level}};
    if (!cost.server) {
      const Messages messages = messages_of(manifest, cost);
      phase["down_bytes"] = messages.down;
      phase["up_bytes"] = messages.up;
    }
    if (const PhaseMemory* memory = memory_of(sides, cost))
      phase["arena_bytes"] = memory->arena_bytes;
    const auto add_work = [](Json& to, const Work& work) {
      to["operations"] = work.operations;
      to["bytes_moved"] = work.bytes;
    };
    add_work(phase, cost.once);
    phase["loops"] = Json::array();
    for (const LoopWork& loop : cost.loops) {
      Json entry = {{"over", loop.over}, {"at", text_of(loop.at)}, {"times", loop.times}};
      add_work(entry, loop.each);
      phase["loops"].push_back(entry);
    }
    json["phases"].push_back(phase);
  }
  return json.dump(2) + "\n";
}

}  // namespace fedc::resources
