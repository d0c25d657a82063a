// `limit`: budgets, which later stages compare with what the program takes.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "compiler/check/checker.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {
namespace {

using core::Quantity;

struct Subject {
  std::string_view name;
  bool server;
  Quantity quantity;
};
constexpr std::array kSubjects = {
    Subject{"client.arena", false, Quantity::kArena},
    Subject{"client.stack", false, Quantity::kStack},
    Subject{"client.code", false, Quantity::kCode},
    Subject{"client.up", false, Quantity::kUp},
    Subject{"client.down", false, Quantity::kDown},
    Subject{"server.arena", true, Quantity::kArena},
    Subject{"server.stack", true, Quantity::kStack},
    Subject{"server.code", true, Quantity::kCode},
};

}  // namespace

void Checker::check_limit(const ast::LimitDecl& decl) {
  for (const ast::LimitDecl::Item& item : decl.items) {
    std::string name;
    for (const ast::Name& part : item.subject) name += (name.empty() ? "" : ".") + part.text;
    const Subject* found = nullptr;
    std::vector<std::string_view> names;
    for (const Subject& subject : kSubjects) {
      names.push_back(subject.name);
      if (subject.name == name) found = &subject;
    }
    if (found != nullptr) {
      const auto before =
          std::find_if(program_->limits.begin(), program_->limits.end(), [&](const auto& limit) {
            return limit.server == found->server && limit.quantity == found->quantity;
          });
      if (before != program_->limits.end()) {
        report(DiagnosticKind::DuplicateName, item.range, "`" + name + "` is limited twice")
            .with_hint("keep the smaller of the two")
            .with_note(before->range, "the other is here");
        continue;
      }
      program_->limits.push_back({found->server, found->quantity, item.bytes, item.range});
      continue;
    }
    const SourceRange range{item.subject.front().range.begin,
                            static_cast<uint32_t>(item.subject.back().range.end().offset -
                                                  item.subject.front().range.begin.offset)};
    Diagnostic& diagnostic = report(DiagnosticKind::UnknownName, range,
                                    "nothing that can be limited is called `" + name + "`");
    const std::string nearest = nearest_name(name, names);
    if (!nearest.empty()) {
      diagnostic.with_suggestion(range, nearest);
    } else {
      diagnostic.with_hint(
          "of a client `client.arena`, `client.stack`, `client.code`, `client.up` and "
          "`client.down` can be limited, of the server `server.arena`, `server.stack` and "
          "`server.code`");
    }
  }
}

}  // namespace fedc::checking
