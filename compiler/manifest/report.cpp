#include "compiler/manifest/report.h"

#include <set>
#include <vector>

#include "compiler/manifest/report_items.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/value.h"

namespace fedc::manifest {
namespace {

namespace proto = fed::proto;

std::string hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

bool is_secure(proto::ReductionKind kind) {
  return kind == proto::SECURE_SUM || kind == proto::SECURE_MODULAR_SUM;
}

class Reporter {
 public:
  explicit Reporter(const proto::Manifest& manifest) : manifest_(manifest) {}

  std::string run() {
    line(0, "privacy report of " + manifest_.name());
    line(0, "program " + hex(manifest_.hash()));
    line(0,
         "values are followed, and what decides whether a client fails at a line; that it takes "
         "part, and whether sizes (`?`) agree, is seen too");
    for (const proto::Computation& computation : manifest_.computations()) {
      computation_ = &computation;
      sources_.clear();
      line(0, "");
      line(0, computation.name());
      if (computation.role() == proto::EXPORT) {
        line(1, "called by the app, on the device: nothing leaves it");
        continue;
      }
      uploads();
      failures();
      downloads();
      device();
      results();
    }
    return std::move(text_);
  }

 private:
  void line(int depth, const std::string& text) {
    text_.append(2 * depth, ' ').append(text).append("\n");
  }

  // "mnist.fed:12:3", with the calls that led there, "helper.fed:5:3 called at mnist.fed:12:3", or
  // nothing. Of what happens in the standard library the user's line comes first: "mnist.fed:12:3
  // (in std/federated.fed:77:10)". The file's name alone: reports do not depend on where it lay.
  std::string place(uint32_t site) const {
    std::string own, library;
    // A caller comes before what it calls.
    for (uint32_t before = UINT32_MAX;
         site != 0 && site < before && site < static_cast<uint32_t>(manifest_.sites_size());) {
      const proto::Site& at = manifest_.sites(static_cast<int>(site));
      const std::string file(fedrt::file_name(at));
      std::string& text = own.empty() && file.rfind("std/", 0) == 0 ? library : own;
      text += (text.empty() ? "" : " called at ") + file + ":" + std::to_string(at.line()) + ":" +
              std::to_string(at.column());
      before = site;
      site = at.caller();
    }
    return own.empty() ? library : library.empty() ? own : own + " (in " + library + ")";
  }

  // "128 bytes, 12 of them values: each begins at a multiple of 64".
  static std::string message_bytes(const proto::Layout& message) {
    uint64_t values = 0;
    for (const proto::Leaf& leaf : message.leaves()) values += leaf.bytes();
    std::string text = bytes_text(message.bytes());
    if (values == message.bytes()) return text;
    return text + ", " + std::to_string(values) + " of them values: each begins at a multiple of " +
           std::to_string(FED_ALIGNMENT);
  }

  ReportItem item(const proto::Leaf& leaf, const std::string& more = "") const {
    return {leaf.name(), fedrt::to_string(leaf.type()), leaf.bytes(), place(leaf.site()), more, {}};
  }

  void list(const std::vector<ReportItem>& items) {
    for (const ReportLine& each : lines_of(items)) line(2 + each.depth, each.text);
  }

  const proto::Aggregation* aggregation(uint32_t level) const {
    for (const proto::Aggregation& one : computation_->aggregations()) {
      if (one.level() == level) return &one;
    }
    return nullptr;
  }

  const proto::Layout& upload(uint32_t phase) const {
    return computation_->client().phases(static_cast<int>(phase) - 1).message_out();
  }

  // --- What leaves the device -------------------------------------------------------------------

  void uploads() {
    const auto& phases = computation_->client().phases();
    bool any = false;
    for (int i = 0; i < phases.size(); ++i) {
      const proto::Layout& message = phases[i].message_out();
      if (message.leaves().empty()) continue;
      any = true;
      uint32_t phase = static_cast<uint32_t>(i) + 1;
      line(1,
           "leaves the device in phase " + std::to_string(phase) + ": " + message_bytes(message));
      bool all_secure = true;
      std::vector<ReportItem> items;
      for (int j = 0; j < message.leaves_size(); ++j) {
        items.push_back(item(message.leaves(j)));
        items.back().becomes = through(phase, static_cast<uint32_t>(j), &all_secure);
        const auto& from = message.leaves(j).made_from();
        bool own = from.size() == 1 && from[0].unchanged();
        items.back().becomes.push_back(own ? "is " + source(from[0]) + " itself, unchanged"
                                           : computed_from(message.leaves(j)));
      }
      list(items);
      const char* use = use_of(phase);
      line(2, std::string(
                  all_secure ? "to be protected by secure aggregation, which is not there yet: the "
                               "server receives each client's values and "
                             : "not protected by secure aggregation: the server receives each "
                               "client's values and ") +
                  use);
    }
    if (!any) line(1, "nothing leaves the device");
  }

  // What the server does with the values of one upload: keys it does not combine.
  const char* use_of(uint32_t phase) const {
    bool keys = false, others = false;
    if (const proto::Aggregation* combined = aggregation(phase)) {
      for (const proto::Reduction& reduction : combined->reductions())
        (reduction.kind() == proto::SELECT ? keys : others) = true;
    }
    if (!keys) return "combines them";
    return others ? "combines them, but for the keys: these say what slices it sends back"
                  : "sends back the slices that they are the keys of";
  }

  std::vector<std::string> through(uint32_t phase, uint32_t index, bool* all_secure) const {
    const proto::Aggregation* combined = aggregation(phase);
    std::vector<std::string> lines;
    if (!combined) return lines;
    std::set<std::string> seen;
    for (const proto::Reduction& reduction : combined->reductions()) {
      bool weighs = reduction.has_weight() && reduction.weight() == index;
      bool values = reduction.has_value() && reduction.value() == index;
      if (!values && !weighs) continue;
      if (!is_secure(reduction.kind())) *all_secure = false;
      std::string where = place(reduction.site());
      std::string text = weighs                              ? "weight of " + reduction.intrinsic()
                         : reduction.kind() == proto::SELECT ? "keys of " + reduction.intrinsic()
                                                             : "through " + reduction.intrinsic();
      if (!where.empty()) text += " at " + where;
      if (values) {
        text += effect(reduction, upload(phase));
        // The total of a mean's weights: the weight's own line says it.
        if (is_total(*combined, reduction)) continue;
        if (is_count(reduction, upload(phase))) {
          text = "counts the clients of " + reduction.intrinsic();
          if (!where.empty()) text += " at " + where;
        }
      }
      if (seen.insert(text).second) lines.push_back(text);
    }
    return lines;
  }

  static bool is_total(const proto::Aggregation& combined, const proto::Reduction& total) {
    for (const proto::Reduction& other : combined.reductions()) {
      if (total.has_value() && other.has_weight() && other.weight() == total.value() &&
          other.intrinsic() == total.intrinsic()) {
        return true;
      }
    }
    return false;
  }

  // The number of clients that an unweighted mean divides by: a sum of ones.
  static bool is_count(const proto::Reduction& reduction, const proto::Layout& message) {
    if (!reduction.has_value() || reduction.has_weight()) return false;
    const proto::Leaf& leaf = message.leaves(static_cast<int>(reduction.value()));
    return reduction.intrinsic() == "federated_mean" && leaf.made_from().empty() &&
           leaf.type().element() == proto::INT64;
  }

  static std::string effect(const proto::Reduction& reduction, const proto::Layout& message) {
    switch (reduction.kind()) {
      case proto::SUM:
        if (!reduction.has_weight()) return "";
        return ", weighted by " + message.leaves(static_cast<int>(reduction.weight())).name() +
               " at the server";
      case proto::MIN:
      case proto::MAX:
        return ": reveals one client's value";
      case proto::SECURE_SUM:
      case proto::SECURE_MODULAR_SUM:
        return ", from 0 to " + std::to_string(reduction.limit());
      case proto::SELECT:
        return ", from 0 to " + std::to_string(reduction.limit()) +
               ": not combined, the server reads each client's";
      default:
        return "";
    }
  }

  // --- What the server sees of failures ---------------------------------------------------------

  void failures() {
    section("whether a client fails is seen by the server, and where", [&] {
      const bool several = computation_->client().phases_size() > 1;
      for (const proto::Failure& failure : computation_->failures()) {
        const std::string where = place(failure.site());
        line(2, "can fail" + (where.empty() ? "" : " at " + where) +
                    (several ? " in phase " + std::to_string(failure.phase()) : "") + ": " +
                    failure.text());
        line(3, "depends on " + sources(failure.depends_on()));
      }
    });
  }

  // --- What comes to it -------------------------------------------------------------------------

  void downloads() {
    const auto& phases = computation_->client().phases();
    for (int i = 0; i < phases.size(); ++i) {
      const proto::Layout& message = phases[i].message_in();
      if (message.leaves().empty()) continue;
      line(1,
           "sent to the device in phase " + std::to_string(i + 1) + ": " + message_bytes(message));
      const auto& sent = computation_->server().phases(i).message_out().leaves();
      std::vector<ReportItem> items;
      for (int j = 0; j < message.leaves_size(); ++j) {
        items.push_back(item(message.leaves(j)));
        items.back().becomes = {j < sent.size() ? made_of(sent[j]) : selection(i, j)};
      }
      list(items);
    }
  }

  // What selects leaf `index` of the download of the phase after phase `level`.
  std::string selection(int level, int index) const {
    const proto::Aggregation* combined = aggregation(static_cast<uint32_t>(level));
    if (!combined) return "";
    for (const proto::Reduction& reduction : combined->reductions()) {
      if (reduction.kind() != proto::SELECT || !reduction.has_result() ||
          reduction.result() != static_cast<uint32_t>(index)) {
        continue;
      }
      const auto& keys = upload(combined->level()).leaves(static_cast<int>(reduction.value()));
      return "selected by " + keys.name() + " in phase " + std::to_string(level) + ", at " +
             place(reduction.site());
    }
    return "";
  }

  // --- What stays there -------------------------------------------------------------------------

  void device() {
    const proto::Side& client = computation_->client();
    if (client.phases().empty()) return;
    section("held by the device", [&] {
      for (int i = 0; i < client.sequences_size(); ++i) {
        const std::string where = place(client.sequences(i).site());
        line(2, client.sequences(i).name() + ": a sequence of " + element(client.sequences(i)) +
                    (where.empty() ? "" : ", " + where));
        for (const std::string& text :
             dependents(proto::Source::SEQUENCE, static_cast<uint32_t>(i)))
          line(3, text);
      }
      std::vector<ReportItem> items;
      for (int i = 0; i < client.input().leaves_size(); ++i) {
        items.push_back(input(client.input().leaves(i)));
        items.back().becomes = dependents(proto::Source::INPUT, static_cast<uint32_t>(i));
      }
      for (int i = 0; i < client.state().leaves_size(); ++i) {
        items.push_back(item(client.state().leaves(i), "kept between rounds"));
        items.back().becomes = dependents(proto::Source::STATE, static_cast<uint32_t>(i));
        // What goes into it may leave the device in a later round.
        items.back().becomes.push_back(std::string(kNextFrom) + sources(client.state().leaves(i)));
      }
      list(items);
    });
    section("made and left on the device", [&] {
      std::vector<ReportItem> items;
      for (const proto::Leaf& kept : client.kept().leaves())
        items.push_back(item(kept, "kept between phases"));
      for (const proto::Leaf& result : client.result().leaves()) {
        items.push_back(item(result, "a result"));
        items.back().becomes = {computed_from(result)};
      }
      list(items);
    });
  }

  // A leaf of the client's input, with who fills it.
  ReportItem input(const proto::Leaf& leaf) const {
    switch (leaf.origin()) {
      case proto::FROM_HOST:
        return item(leaf, "from the host");
      case proto::FROM_KEY:
        return {leaf.name(),
                "keys",
                leaf.bytes(),
                "",
                "made by the server for this client and this round",
                {}};
      case proto::FROM_ENTROPY:
        return {leaf.name(),
                "private keys",
                leaf.bytes(),
                "",
                "drawn on the device for this round and then forgotten",
                {}};
      default:
        return item(leaf);
    }
  }

  // A heading, unless nothing stands below it.
  template <typename Body>
  void section(const std::string& heading, Body body) {
    size_t before = text_.size();
    line(1, heading);
    size_t after = text_.size();
    body();
    if (text_.size() == after) text_.resize(before);
  }

  static std::string element(const proto::Sequence& sequence) {
    const auto& leaves = sequence.element().leaves();
    if (leaves.size() == 1 && leaves[0].name().empty()) return fedrt::to_string(leaves[0].type());
    std::vector<std::string> types;
    for (const proto::Leaf& one : leaves) {
      types.push_back((one.name().empty() ? "" : one.name() + "=") + fedrt::to_string(one.type()));
    }
    return "<" + join(types) + ">";
  }

  // Which uploads may depend on something the device holds: in this round, and in later ones, where
  // it goes into the client's state.
  std::vector<std::string> dependents(proto::Source::Kind kind, uint32_t index) const {
    std::vector<std::string> names, all;
    const auto& phases = computation_->client().phases();
    for (int i = 0; i < phases.size(); ++i) {
      for (const proto::Leaf& sent : phases[i].message_out().leaves()) {
        all.push_back(sent.name() +
                      (phases.size() > 1 ? " (phase " + std::to_string(i + 1) + ")" : ""));
        if (is_made_of(sent, kind, index)) names.push_back(all.back());
      }
    }
    const std::vector<std::string> later = later_uploads(states_made_of(kind, index));
    std::vector<std::string> lines;
    if (!names.empty())
      lines.push_back("depends on it and leaves the device: " + join(collapsed(names, all)));
    if (!later.empty())
      lines.push_back("leaves the device in a later round, through the client's state: " +
                      join(later));
    if (lines.empty()) lines.push_back("no value that leaves the device is computed from it");
    return lines;
  }

  static bool is_made_of(const proto::Leaf& leaf, proto::Source::Kind kind, uint32_t index) {
    for (const proto::Source& source : leaf.made_from()) {
      if (source.kind() == kind && source.index() == index) return true;
    }
    return false;
  }

  // The functions that share this one's client state: those of its process.
  std::vector<const proto::Computation*> process() const {
    std::vector<const proto::Computation*> functions;
    for (const proto::Computation& one : manifest_.computations()) {
      if (!one.process().empty() && one.process() == computation_->process())
        functions.push_back(&one);
    }
    return functions;
  }

  // The leaves of the client's state that may hold something of it after some rounds.
  std::set<uint32_t> states_made_of(proto::Source::Kind kind, uint32_t index) const {
    std::set<uint32_t> held;
    const auto add = [&](const proto::Computation& one, proto::Source::Kind of, uint32_t number) {
      const auto& leaves = one.client().state().leaves();
      bool grew = false;
      for (int i = 0; i < leaves.size(); ++i) {
        if (is_made_of(leaves[i], of, number)) grew |= held.insert(static_cast<uint32_t>(i)).second;
      }
      return grew;
    };
    add(*computation_, kind, index);
    if (computation_->role() == proto::CLIENT_STATE && kind == proto::Source::STATE)
      held.insert(index);  // what the state begins as
    for (bool grew = true; grew;) {
      grew = false;
      for (const uint32_t state : std::set<uint32_t>(held)) {
        for (const proto::Computation* one : process())
          grew |= add(*one, proto::Source::STATE, state);
      }
    }
    return held;
  }

  std::vector<std::string> later_uploads(const std::set<uint32_t>& held) const {
    std::vector<std::string> names, all;
    for (const proto::Computation* one : process()) {
      for (const proto::Phase& phase : one->client().phases()) {
        for (const proto::Leaf& sent : phase.message_out().leaves()) {
          bool any = false;
          for (const uint32_t state : held) any |= is_made_of(sent, proto::Source::STATE, state);
          all.push_back(sent.name() + " of " + one->name());
          if (any) names.push_back(all.back());
        }
      }
    }
    return collapsed(names, all);
  }

  // --- What the server makes of it --------------------------------------------------------------

  void results() {
    const proto::Layout& result = computation_->server().result();
    if (result.leaves().empty()) return;
    line(1, "results at the server");
    std::vector<ReportItem> items;
    for (const proto::Leaf& one : result.leaves()) {
      items.push_back(item(one));
      items.back().becomes = {made_of(one)};
    }
    list(items);
  }

  std::string made_of(const proto::Leaf& leaf) { return std::string(kMadeOf) + sources(leaf); }
  std::string computed_from(const proto::Leaf& leaf) {
    return std::string(kComputedFrom) + sources(leaf);
  }
  std::string sources(const proto::Leaf& leaf) { return sources(leaf.made_from()); }

  // All that values of this computation can be made of, but sequences and parameters.
  const std::vector<std::string>& all_sources() {
    if (!sources_.empty()) return sources_;
    std::set<std::string> seen;
    const auto add = [&](proto::Source::Kind kind, const std::string& name, uint32_t phase = 0,
                         uint32_t index = 0) {
      proto::Source one;
      one.set_kind(kind);
      one.set_name(name);
      one.set_phase(phase);
      one.set_index(index);
      std::string text = source(one);
      if (seen.insert(text).second) sources_.push_back(std::move(text));
    };
    const proto::Side& client = computation_->client();
    for (const proto::Side* side : {&client, &computation_->server()})
      for (const proto::Leaf& leaf : side->input().leaves()) add(proto::Source::INPUT, leaf.name());
    for (const proto::Leaf& leaf : client.state().leaves()) add(proto::Source::STATE, leaf.name());
    for (const proto::Phase& phase : client.phases())
      for (const proto::Leaf& leaf : phase.message_in().leaves())
        add(proto::Source::DOWNLOAD, leaf.name());
    for (const proto::Aggregation& combined : computation_->aggregations())
      for (const proto::Reduction& reduction : combined.reductions())
        if (reduction.kind() != proto::SELECT && reduction.has_result())
          add(proto::Source::AGGREGATE, "", combined.level(), reduction.result());
    return sources_;
  }

  // With the parameters that went into an aggregate, on the clients or in its own functions.
  template <typename Sources>
  std::string sources(const Sources& all) {
    std::vector<std::string> names;
    std::set<std::string> seen;
    const auto add = [&](const proto::Source& one) {
      std::string name = source(one);
      if (seen.insert(name).second) names.push_back(name);
    };
    for (const proto::Source& one : all) add(one);
    for (const proto::Source& one : all)
      if (one.kind() == proto::Source::AGGREGATE) for_each_param(one, add);
    return names.empty() ? "constants" : join(collapsed(names, all_sources()));
  }

  template <typename Visit>
  void for_each_param(const proto::Source& aggregate, const Visit& visit) const {
    const proto::Aggregation* combined = aggregation(aggregate.phase());
    if (!combined) return;
    const auto& leaves = upload(aggregate.phase()).leaves();
    const auto visit_leaf = [&](uint32_t index) {
      for (const proto::Source& one : leaves[static_cast<int>(index)].made_from())
        if (one.kind() == proto::Source::PARAM) visit(one);
    };
    std::set<uint32_t> folds;  // an aggregate's results are of all its values
    for (const proto::Reduction& reduction : combined->reductions()) {
      if (reduction.kind() == proto::AGGREGATE && reduction.has_result() &&
          reduction.result() == aggregate.index())
        folds.insert(reduction.site());
    }
    for (const proto::Reduction& reduction : combined->reductions()) {
      const bool folded = reduction.kind() == proto::AGGREGATE;
      const bool made = reduction.kind() != proto::SELECT && reduction.has_result() &&
                        reduction.result() == aggregate.index();
      if (folded ? !folds.contains(reduction.site()) : !made) continue;
      if (reduction.has_value()) visit_leaf(reduction.value());
      if (reduction.has_weight()) visit_leaf(reduction.weight());
      if (!folded) continue;
      for (const proto::Fold& fold : combined->folds()) {
        if (fold.site() != reduction.site()) continue;
        for (const proto::Source& one : fold.made_from()) visit(one);
      }
    }
  }

  std::string source(const proto::Source& source) const {
    switch (source.kind()) {
      case proto::Source::PARAM:
        return "parameter " + source.name();
      case proto::Source::STATE:
        return source.name() + " (client state)";
      case proto::Source::DOWNLOAD:
        return source.name() + " (from the server)";
      case proto::Source::AGGREGATE: {
        const proto::Aggregation* combined = aggregation(source.phase());
        if (!combined) return source.name();
        for (const proto::Reduction& reduction : combined->reductions()) {
          if (reduction.kind() == proto::SELECT || !reduction.has_result() ||
              reduction.result() != source.index()) {
            continue;
          }
          std::string what = reduction.intrinsic() + " of ";
          if (is_total(*combined, reduction)) what = "the total of ";
          if (is_count(reduction, upload(source.phase()))) {
            return "the number of clients in phase " + std::to_string(source.phase());
          }
          const auto& leaves = upload(source.phase()).leaves();
          bool known =
              reduction.has_value() && reduction.value() < static_cast<uint32_t>(leaves.size());
          // An aggregate may have more results than values, and each is of all of them.
          if (!known) return reduction.intrinsic() + " in phase " + std::to_string(source.phase());
          what += leaves[static_cast<int>(reduction.value())].name();
          return what + " in phase " + std::to_string(source.phase());
        }
        return source.name();
      }
      case proto::Source::INPUT:
        return source.name() + origin(source.name());
      default:
        return source.name();
    }
  }

  // What an input is, where that is no data. Parameters have different names.
  std::string origin(const std::string& name) const {
    for (const proto::Side* side : {&computation_->client(), &computation_->server()}) {
      for (const proto::Leaf& leaf : side->input().leaves()) {
        if (leaf.name() != name) continue;
        if (leaf.origin() == proto::FROM_HOST) return " (from the host)";
        if (leaf.origin() == proto::FROM_KEY) return " (a key that the server knows)";
        if (leaf.origin() == proto::FROM_ENTROPY)
          return side == &computation_->client() ? " (a private key of the device)"
                                                 : " (a private key of the server)";
      }
    }
    return "";
  }

  const proto::Manifest& manifest_;
  const proto::Computation* computation_ = nullptr;
  std::vector<std::string> sources_;  // of the computation
  std::string text_;
};

}  // namespace

std::string privacy_report(const proto::Manifest& manifest) { return Reporter(manifest).run(); }

}  // namespace fedc::manifest
