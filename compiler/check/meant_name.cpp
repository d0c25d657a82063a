// Names that are known from elsewhere: what has them here, or what else does what is meant.
#include <algorithm>
#include <cctype>
#include <map>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/parse/parse.h"
#include "compiler/stdlib/stdlib.h"

namespace fedc::checking {
namespace {

// `SGD`, `Conv2D` and `max_pool` without what spellings differ in.
std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c != '_') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

// What is called otherwise here, by its plain name: `std/nn.dense`, or a pattern of an operation.
// Of several the first that fits is meant. In a pattern `$` stands for the arguments, `&` for them
// as one struct, and `{expand_dims(#, 0)}` for a list with each of them in the place of `#`.
const std::vector<std::string>& other_spellings(const std::string& name) {
  static const std::vector<std::string> kNone;
  static const std::map<std::string, std::vector<std::string>> kNames = {
      {"avgpool1d", {"avg_pool($)"}},
      {"avgpool2d", {"avg_pool($)"}},
      {"averagepooling2d", {"avg_pool($)"}},
      {"bceloss", {"std/nn.binary_cross_entropy"}},
      {"bcewithlogitsloss", {"std/nn.binary_cross_entropy"}},
      {"binarycrossentropywithlogits", {"std/nn.binary_cross_entropy"}},
      {"buildweightedfedavg", {"std/federated.fedavg"}},
      {"cat", {"concatenate(&, axis=0)"}},
      {"clipbynorm", {"std/nn.clip_by_global_norm"}},
      {"clipgradnorm", {"std/nn.clip_by_global_norm"}},
      {"concat", {"concatenate(&, axis=0)"}},
      {"crossentropy", {"std/nn.sparse_softmax_cross_entropy", "std/nn.softmax_cross_entropy"}},
      {"crossentropyloss", {"std/nn.sparse_softmax_cross_entropy", "std/nn.softmax_cross_entropy"}},
      {"categoricalcrossentropy", {"std/nn.softmax_cross_entropy"}},
      {"expit", {"logistic($)"}},
      {"fedadagrad", {"std/federated.fedopt"}},
      {"fedadam", {"std/federated.fedopt"}},
      {"federatedaveraging", {"std/federated.fedavg"}},
      {"fedyogi", {"std/federated.fedopt"}},
      {"fullyconnected", {"std/nn.dense"}},
      {"gelu", {"0.5 * # * (1.0 + erf(# / sqrt(2.0)))"}},
      {"gradientdescent", {"std/optimizers.sgd"}},
      {"groupnormalization", {"std/nn.group_norm"}},
      {"gru", {"std/nn.gru_cell"}},
      {"hingeloss", {"std/nn.hinge"}},
      {"huberloss", {"std/nn.huber"}},
      {"hstack", {"concatenate(&, axis=0)"}},
      {"initgru", {"std/nn.initial_gru"}},
      {"initlinear", {"std/nn.initial_dense"}},
      {"initiallinear", {"std/nn.initial_dense"}},
      {"initlstm", {"std/nn.initial_lstm"}},
      {"kaimingnormal", {"std/nn.he_normal"}},
      {"kaiminguniform", {"std/nn.he_uniform"}},
      {"l1loss", {"std/nn.mean_absolute_error"}},
      {"layernormalization", {"std/nn.layer_norm"}},
      {"leakyrelu", {"maximum(#, 0.01 * #)"}},
      {"linear", {"std/nn.dense"}},
      {"lstm", {"std/nn.lstm_cell"}},
      {"mae", {"std/nn.mean_absolute_error"}},
      {"maxpool1d", {"max_pool($)"}},
      {"maxpool2d", {"max_pool($)"}},
      {"maxpooling2d", {"max_pool($)"}},
      {"meanabsoluteerrorloss", {"std/nn.mean_absolute_error"}},
      {"mse", {"std/nn.mean_squared_error"}},
      {"mseloss", {"std/nn.mean_squared_error"}},
      {"nllloss", {"std/nn.negative_log_likelihood"}},
      {"sigmoid", {"logistic($)"}},
      {"smoothl1loss", {"std/nn.huber"}},
      {"softplus", {"log1p(exp(#))"}},
      {"softmaxcrossentropywithintegerlabels", {"std/nn.sparse_softmax_cross_entropy"}},
      {"softmaxcrossentropywithlogits", {"std/nn.softmax_cross_entropy"}},
      {"sparsecategoricalcrossentropy", {"std/nn.sparse_softmax_cross_entropy"}},
      {"sparsesoftmaxcrossentropywithlogits", {"std/nn.sparse_softmax_cross_entropy"}},
      {"stack", {"concatenate({expand_dims(#, 0)}, axis=0)"}},
      {"swish", {"# * logistic(#)"}},
      {"silu", {"# * logistic(#)"}},
      {"vstack", {"concatenate({expand_dims(#, 0)}, axis=0)"}},
      {"weightedfedavg", {"std/federated.fedavg"}},
      {"xaviernormal", {"std/nn.glorot_normal"}},
      {"xavieruniform", {"std/nn.glorot_uniform"}},
  };
  const auto found = kNames.find(name);
  return found == kNames.end() ? kNone : found->second;
}

// What a declaration is used as.
bool is_what(const ast::Decl* decl, std::string_view what) {
  if (decl->kind == ast::DeclKind::Import || is_private(decl->name.text)) return false;
  return (what == "type") == (decl->kind == ast::DeclKind::Type);
}

}  // namespace

const std::map<std::string, std::vector<std::string>>& Checker::std_members(std::string_view what) {
  std::map<std::string, std::vector<std::string>>& members = std_members_[what == "type"];
  if (!members.empty()) return members;
  for (const StdlibFile& file : stdlib_files()) {
    if (file.module.empty()) continue;
    SourceManager sources;
    DiagnosticEngine ignored;
    const auto module =
        parse(sources, sources.add_file(std::string(file.path), std::string(file.text)), ignored);
    for (const ast::Decl* decl : module->declarations) {
      if (is_what(decl, what)) members[std::string(file.module)].push_back(decl->name.text);
    }
  }
  return members;
}

std::pair<std::string, std::string> Checker::in_std(ScopeRef scope, const std::string& module) {
  for (const DeclInfo* info : scope.scope->module->in_order) {
    const auto* import = ast::as<ast::ImportDecl>(info->decl);
    if (import != nullptr && import->path == module) return {"", import->name.text};
  }
  const std::string alias = module.substr(module.find('/') + 1);
  return {"`import \"" + module + "\" as " + alias + ";` and ", alias};
}

std::string Checker::hint_of_meant(ScopeRef scope, const std::string& module,
                                   const std::string& name, std::string_view what,
                                   SourceRange used) {
  const bool of_type = what == "type";
  // What is called with what, as it is written.
  std::vector<std::string> values, named;
  std::string types;
  const ast::Expr* callee = called_ == nullptr ? nullptr : called_->callee;
  const auto* applied = ast::as<ast::TypeApply>(callee);
  if (applied != nullptr) callee = applied->function;
  const bool called = !of_type && callee != nullptr && callee->range == used;
  if (called) {
    for (const ast::Argument& argument : called_->arguments) {
      const std::string value = written_argument(argument.value);
      (argument.name ? named : values)
          .push_back(argument.name ? argument.name->text + "=" + value : value);
    }
    if (applied != nullptr) types = written(applied->arguments_range);
  }
  struct Meant {
    std::string text, before;  // `nn.dense(layer, x)`, what must be imported first
  };
  std::vector<Meant> all;
  const auto add_member = [&](const std::string& of, const std::string& member) {
    const auto [before, alias] = in_std(scope, of);
    const std::string text = alias + "." + member;
    all.push_back({called ? called_as(text + types + "($)", values, named) : text, before});
    if (called && values.empty() && named.empty()) all.back().text = text + types + "()";
  };
  const auto add_operation = [&](const std::string& pattern) {
    // Where it is not called, what is called.
    const size_t end = pattern.find_first_of("(#");
    all.push_back({called ? standing(sources_, called_->range, called_as(pattern, values, named))
                          : pattern.substr(0, end),
                   ""});
  };
  const auto add_members = [&](const std::string& of, const std::string& wanted) {
    const auto& members = std_members(what);
    const auto found = members.find(of);
    if (found == members.end()) return;
    for (const std::string& member : found->second) {
      if (plain(member) == wanted) add_member(of, member);
    }
  };
  const std::string wanted = plain(name);
  // What is like it is not what is meant: its statistics are those of one example.
  if (wanted.starts_with("batchnorm")) {
    const auto [before, alias] = in_std(scope, "std/nn");
    return "there is none, since clients' batches are not seen together: near to it are `" + alias +
           ".group_norm` and `" + alias + ".layer_norm`" +
           (before.empty() ? "" : ", of `import \"std/nn\" as nn;`");
  }
  const auto add_everywhere = [&](const std::string& plain_name) {
    if (!module.empty()) add_members(module, plain_name);
    for (const auto& [of, members] : std_members(what)) {
      if (of != module && all.empty()) add_members(of, plain_name);
    }
  };
  // Of this name, however it is written; of another one; in no module.
  if (!module.empty()) add_members(module, wanted);
  if (all.empty()) {
    for (const std::string& other : other_spellings(wanted)) {
      const size_t dot = other.find('.');
      if (other.starts_with("std/")) {
        if (of_type) {
          add_members(other.substr(0, dot), plain(other.substr(dot + 1)));
        } else {
          add_member(other.substr(0, dot), other.substr(dot + 1));
        }
      } else if (!of_type) {
        add_operation(other);
      }
    }
  }
  if (all.empty() && !of_type) {
    const std::string as_one =
        module.empty() ? "" : module.substr(module.find('/') + 1) + "_" + name;
    for (const auto& [declared, decl] : prelude_->declarations) {
      if (decl->function() == nullptr) continue;
      if (plain(declared) == wanted || declared == as_one) add_operation(declared + types + "($)");
    }
  }
  if (all.empty()) add_everywhere(wanted);
  if (all.empty()) return "";
  // The first that is right.
  const Meant* best = &all.front();
  for (const Meant& meant : all) {
    if (!called || !meant.before.empty() || DiagnosticTrial::active(diagnostics_)) break;
    if (!text_fits(meant.text, scope, nullptr)) continue;
    best = &meant;
    break;
  }
  return "write " + best->before + "`" + best->text + "`";
}

}  // namespace fedc::checking
