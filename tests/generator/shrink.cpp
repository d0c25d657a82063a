#include "tests/generator/shrink.h"

#include <algorithm>

namespace fedc::generator {
namespace {

// Constants of type `type`; empty where it has none.
NodePtr zero(const TyPtr& type) {
  if (!type || !is_data(*type) || has_unknown_dims(*type)) return nullptr;
  if (type->is_scalar()) {
    if (type->element == ElementType::kBool) return leaf(type, "false");
    return leaf(type, "zeros<" + to_string(*type) + ">()");
  }
  bool any_bool = false;
  for (const TyPtr& part : leaves(type)) any_bool |= part->element == ElementType::kBool;
  if (any_bool) return nullptr;
  return leaf(type, "zeros<" + to_string(*type) + ">()");
}

// All expressions below `node`.
void collect(const NodePtr& node, std::vector<NodePtr>* all) {
  for (const NodePtr& kid : node->kids) {
    all->push_back(kid);
    collect(kid, all);
  }
}

NodePtr with_kid(const NodePtr& node, size_t kid, NodePtr replacement) {
  Node copy = *node;
  copy.kids[kid] = std::move(replacement);
  return std::make_shared<Node>(std::move(copy));
}

// Candidates for `node` with one replacement somewhere inside, larger cuts first.
void replacements(const NodePtr& node, std::vector<NodePtr>* out) {
  if (node->type) {
    std::set<std::string> before;
    free_names(*node, &before);
    std::vector<NodePtr> below;
    collect(node, &below);
    std::ranges::sort(below, {}, [](const NodePtr& n) { return size_of(*n); });
    for (const NodePtr& candidate : below) {
      if (!candidate->type || !equal(candidate->type, node->type)) continue;
      if (candidate->block && !node->block) continue;
      std::set<std::string> names;
      free_names(*candidate, &names);
      if (std::ranges::includes(before, names)) out->push_back(candidate);
    }
    if (size_of(*node) > 1) {
      if (NodePtr constant = zero(node->type)) out->push_back(std::move(constant));
    }
  }
  for (size_t k = 0; k < node->kids.size(); ++k) {
    std::vector<NodePtr> inside;
    replacements(node->kids[k], &inside);
    for (NodePtr& one : inside) out->push_back(with_kid(node, k, std::move(one)));
  }
}

class Shrinker {
 public:
  Shrinker(Case best, const std::function<bool(const Case&)>& fails, int budget)
      : best_(std::move(best)), fails_(fails), budget_(budget) {}

  Case run() {
    bool progress = true;
    while (progress && budget_ > 0) {
      progress = results() || statements() || clients() || lost() || expressions() || elements();
    }
    return best_;
  }

 private:
  bool attempt(Case candidate) {
    if (budget_-- <= 0) return false;
    candidate.file = without_unused(candidate.file);
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }
  Entry& entry(Case& of) { return of.file.entries[0]; }

  bool results() {
    const size_t count = best_.file.entries[0].results.size();
    for (size_t keep = 0; count > 1 && keep < count; ++keep) {
      Case candidate = best_;
      entry(candidate).results = {entry(best_).results[keep]};
      if (attempt(std::move(candidate))) return true;
    }
    for (size_t i = 0; count > 1 && i < count; ++i) {
      Case candidate = best_;
      entry(candidate).results.erase(entry(candidate).results.begin() + i);
      if (attempt(std::move(candidate))) return true;
    }
    return false;
  }

  bool statements() {
    std::set<std::string> used(entry(best_).results.begin(), entry(best_).results.end());
    std::set<size_t> dead;
    for (size_t i = entry(best_).statements.size(); i-- > 0;) {
      const Statement& statement = entry(best_).statements[i];
      if (used.count(statement.name)) {
        free_names(*statement.value, &used);
      } else {
        dead.insert(i);
      }
    }
    if (!dead.empty()) {
      Case candidate = best_;
      for (auto i = dead.rbegin(); i != dead.rend(); ++i) {
        entry(candidate).statements.erase(entry(candidate).statements.begin() + *i);
      }
      if (attempt(std::move(candidate))) return true;
    }
    // A parameter that nobody uses, with its leaves.
    size_t leaf = 0;
    for (size_t p = 0; p < entry(best_).parameters.size(); ++p) {
      const auto& [name, type] = entry(best_).parameters[p];
      const size_t count = leaves(type.member).size();
      if (!used.count(name) && entry(best_).parameters.size() > 1) {
        Case candidate = best_;
        entry(candidate).parameters.erase(entry(candidate).parameters.begin() + p);
        auto& all = candidate.call.leaves;
        all.erase(all.begin() + leaf, all.begin() + leaf + count);
        if (attempt(std::move(candidate))) return true;
      }
      leaf += count;
    }
    return false;
  }

  bool clients() {
    for (size_t c = best_.call.clients; c-- > 0;) {
      Case candidate = best_;
      --candidate.call.clients;
      size_t leaf = 0;
      for (const auto& [name, type] : entry(best_).parameters) {
        for (size_t i = leaves(type.member).size(); i > 0; --i, ++leaf) {
          auto& members = candidate.call.leaves[leaf].members;
          if (type.place == Place::kClients) members.erase(members.begin() + c);
        }
      }
      for (auto& lost : candidate.call.lost) {
        std::set<size_t> moved;
        for (const size_t client : lost) {
          if (client != c) moved.insert(client > c ? client - 1 : client);
        }
        lost = std::move(moved);
      }
      if (attempt(std::move(candidate))) return true;
    }
    return false;
  }

  bool lost() {
    for (size_t phase = 0; phase < best_.call.lost.size(); ++phase) {
      if (best_.call.lost[phase].empty()) continue;
      Case candidate = best_;
      candidate.call.lost[phase].clear();
      if (attempt(std::move(candidate))) return true;
    }
    return false;
  }

  bool expressions() {
    for (size_t s = 0; s < entry(best_).statements.size(); ++s) {
      std::vector<NodePtr> candidates;
      replacements(entry(best_).statements[s].value, &candidates);
      for (NodePtr& value : candidates) {
        Case candidate = best_;
        entry(candidate).statements[s].value = std::move(value);
        if (attempt(std::move(candidate))) return true;
        if (budget_ <= 0) return false;
      }
    }
    for (size_t f = 0; f < best_.file.functions.size(); ++f) {
      std::vector<NodePtr> candidates;
      replacements(best_.file.functions[f].body, &candidates);
      for (NodePtr& body : candidates) {
        Case candidate = best_;
        candidate.file.functions[f].body = std::move(body);
        if (attempt(std::move(candidate))) return true;
        if (budget_ <= 0) return false;
      }
    }
    return false;
  }

  // Sequences become shorter.
  bool elements() {
    for (size_t leaf = 0; leaf < best_.call.leaves.size(); ++leaf) {
      for (size_t m = 0; m < best_.call.leaves[leaf].members.size(); ++m) {
        if (best_.call.leaves[leaf].members[m].elements.empty()) continue;
        Case candidate = best_;
        candidate.call.leaves[leaf].members[m].elements.pop_back();
        if (attempt(std::move(candidate))) return true;
      }
    }
    return false;
  }

  Case best_;
  const std::function<bool(const Case&)>& fails_;
  int budget_;
};

}  // namespace

Case shrink(Case failing, const std::function<bool(const Case&)>& fails, int budget) {
  return Shrinker(std::move(failing), fails, budget).run();
}

}  // namespace fedc::generator
