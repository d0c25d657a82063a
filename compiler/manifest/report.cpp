#include "compiler/manifest/report.h"

#include <set>
#include <vector>

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

std::string bytes(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
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
    std::string text = bytes(message.bytes());
    if (values == message.bytes()) return text;
    return text + ", " + std::to_string(values) + " of them values: each begins at a multiple of " +
           std::to_string(FED_ALIGNMENT);
  }

  std::string leaf(const proto::Leaf& leaf) const {
    std::string where = place(leaf.site());
    return leaf.name() + ": " + fedrt::to_string(leaf.type()) + ", " + bytes(leaf.bytes()) +
           (where.empty() ? "" : ", " + where);
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
      for (int j = 0; j < message.leaves_size(); ++j) {
        line(2, leaf(message.leaves(j)));
        through(phase, static_cast<uint32_t>(j), &all_secure);
        const auto& from = message.leaves(j).made_from();
        bool own = from.size() == 1 && from[0].unchanged();
        line(3, own ? "is " + source(from[0]) + " itself, unchanged"
                    : "computed from " + sources(message.leaves(j)));
      }
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

  void through(uint32_t phase, uint32_t index, bool* all_secure) {
    const proto::Aggregation* combined = aggregation(phase);
    if (!combined) return;
    std::vector<std::string> lines;
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
    for (const std::string& text : lines) line(3, text);
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
      for (int j = 0; j < message.leaves_size(); ++j) {
        line(2, leaf(message.leaves(j)));
        line(3, j < sent.size() ? "made of " + sources(sent[j]) : selection(i, j));
      }
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
        dependents(proto::Source::SEQUENCE, static_cast<uint32_t>(i));
      }
      for (int i = 0; i < client.input().leaves_size(); ++i) {
        line(2, input(client.input().leaves(i)));
        dependents(proto::Source::INPUT, static_cast<uint32_t>(i));
      }
      for (int i = 0; i < client.state().leaves_size(); ++i) {
        line(2, leaf(client.state().leaves(i)) + ", kept between rounds");
        dependents(proto::Source::STATE, static_cast<uint32_t>(i));
        // What goes into it may leave the device in a later round.
        line(3, "its next value is computed from " + sources(client.state().leaves(i)));
      }
    });
    section("made and left on the device", [&] {
      for (const proto::Leaf& kept : client.kept().leaves()) {
        line(2, leaf(kept) + ", kept between phases");
      }
      for (const proto::Leaf& result : client.result().leaves()) {
        line(2, leaf(result) + ", a result");
        line(3, "computed from " + sources(result));
      }
    });
  }

  // A leaf of the client's input, with who fills it.
  std::string input(const proto::Leaf& leaf) const {
    switch (leaf.origin()) {
      case proto::FROM_HOST:
        return this->leaf(leaf) + ", from the host";
      case proto::FROM_KEY:
        return leaf.name() + ": keys, " + bytes(leaf.bytes()) +
               ", made by the server for this client and this round";
      case proto::FROM_ENTROPY:
        return leaf.name() + ": private keys, " + bytes(leaf.bytes()) +
               ", drawn on the device for this round and then forgotten";
      default:
        return this->leaf(leaf);
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
  void dependents(proto::Source::Kind kind, uint32_t index) {
    std::vector<std::string> names;
    const auto& phases = computation_->client().phases();
    for (int i = 0; i < phases.size(); ++i) {
      for (const proto::Leaf& sent : phases[i].message_out().leaves()) {
        if (!is_made_of(sent, kind, index)) continue;
        names.push_back(sent.name() +
                        (phases.size() > 1 ? " (phase " + std::to_string(i + 1) + ")" : ""));
      }
    }
    const std::vector<std::string> later = later_uploads(states_made_of(kind, index));
    if (!names.empty()) line(3, "depends on it and leaves the device: " + join(names));
    if (!later.empty())
      line(3, "leaves the device in a later round, through the client's state: " + join(later));
    if (names.empty() && later.empty())
      line(3, "no value that leaves the device is computed from it");
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
    std::vector<std::string> names;
    for (const proto::Computation* one : process()) {
      for (const proto::Phase& phase : one->client().phases()) {
        for (const proto::Leaf& sent : phase.message_out().leaves()) {
          bool any = false;
          for (const uint32_t state : held) any |= is_made_of(sent, proto::Source::STATE, state);
          if (any) names.push_back(sent.name() + " of " + one->name());
        }
      }
    }
    return names;
  }

  // --- What the server makes of it --------------------------------------------------------------

  void results() {
    const proto::Layout& result = computation_->server().result();
    if (result.leaves().empty()) return;
    line(1, "results at the server");
    for (const proto::Leaf& one : result.leaves()) {
      line(2, leaf(one));
      line(3, "made of " + sources(one));
    }
  }

  std::string sources(const proto::Leaf& leaf) const { return sources(leaf.made_from()); }

  // With the parameters that went into an aggregate, on the clients or in its own functions.
  template <typename Sources>
  std::string sources(const Sources& all) const {
    std::vector<std::string> names;
    std::set<std::string> seen;
    const auto add = [&](const proto::Source& one) {
      std::string name = source(one);
      if (seen.insert(name).second) names.push_back(name);
    };
    for (const proto::Source& one : all) add(one);
    for (const proto::Source& one : all)
      if (one.kind() == proto::Source::AGGREGATE) for_each_param(one, add);
    return names.empty() ? "constants" : join(names);
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
  std::string text_;
};

}  // namespace

std::string privacy_report(const proto::Manifest& manifest) { return Reporter(manifest).run(); }

}  // namespace fedc::manifest
