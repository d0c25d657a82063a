#include "compiler/diagnostics/diagnostics.h"

#include <algorithm>
#include <sstream>
#include <tuple>
#include <utility>

namespace fedc {
namespace {

struct KindInfo {
  int number;
  std::string_view id;
  Severity severity;
};

constexpr KindInfo kKinds[] = {
#define FEDC_DIAGNOSTIC(name, number, id, severity) {number, id, Severity::severity},
#include "compiler/diagnostics/diagnostic_kinds.def"
};

// Columns of source text shown of one line; longer lines are cut around the caret.
constexpr uint32_t kMaxColumns = 100;

// What a terminal shows for one code point: control characters and broken bytes must not reach it.
std::string_view shown(std::string_view point, bool valid) {
  if (!valid) return "\xEF\xBF\xBD";  // the replacement character
  const auto c = static_cast<unsigned char>(point[0]);
  if (c == '\t') return " ";
  if (c < 0x20 || c == 0x7F) return "\xEF\xBF\xBD";
  return point;
}

// The source line of a range with carets under the part of the range that lies on it.
void print_snippet(std::ostream& out, const SourceManager& sources, SourceRange range) {
  const LineColumn at = sources.line_column(range.begin);
  const std::string_view line = sources.line_text(range.begin.file, at.line);
  const uint32_t in_line = range.begin.offset - sources.line_begin(range.begin.file, at.line);
  const uint32_t first = at.column - 1;
  const uint32_t begin = std::min(in_line, static_cast<uint32_t>(line.size()));
  const uint32_t carets = std::max(
      1u, count_code_points(line.substr(begin, std::min<size_t>(range.length, kMaxColumns * 4))));
  // The window [from, from + kMaxColumns) of columns, with some context before the caret.
  uint32_t from = 0;
  const uint32_t wanted = first + std::min(carets, kMaxColumns / 2);
  if (wanted > kMaxColumns) from = first - std::min(first, kMaxColumns / 3);

  std::string text = from > 0 ? "..." : "";
  const uint32_t indent = static_cast<uint32_t>(text.size()) + (first - from);
  uint32_t column = 0;
  size_t i = 0;
  for (; i < line.size() && column < from + kMaxColumns; ++column) {
    bool valid = false;
    const uint32_t size = code_point_size(line.substr(i), &valid);
    if (column >= from) text += shown(line.substr(i, size), valid);
    i += size;
  }
  const uint32_t shown_carets =
      std::min(carets, from + kMaxColumns - std::min(first, from + kMaxColumns - 1));
  if (i < line.size()) text += "...";

  const std::string number = std::to_string(at.line);
  const std::string margin(std::max<size_t>(number.size(), 4), ' ');
  out << margin.substr(number.size()) << number << " | " << text << "\n";
  out << margin << " | " << std::string(indent, ' ') << "^" << std::string(shown_carets - 1, '~')
      << "\n";
}

void print_head(std::ostream& out, const SourceManager& sources, SourceRange range,
                std::string_view label, std::string_view text) {
  if (range.valid()) {
    const LineColumn at = sources.line_column(range.begin);
    out << sources.path(range.begin.file) << ":" << at.line << ":" << at.column << ": ";
  }
  out << label << ": " << shortened(text);
}

// A byte that continues a code point of UTF-8.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string shortened(std::string_view text) {
  constexpr std::string_view kLeftOut = " ... ";
  constexpr size_t kEnd = DiagnosticEngine::kMaxText / 3;
  if (text.size() <= DiagnosticEngine::kMaxText) return std::string(text);
  size_t first = DiagnosticEngine::kMaxText - kEnd - kLeftOut.size();
  size_t last = text.size() - kEnd;
  while (first > 0 && continues(text[first])) --first;
  while (last < text.size() && continues(text[last])) ++last;
  return std::string(text.substr(0, first)) + std::string(kLeftOut) +
         std::string(text.substr(last));
}

std::string_view id_of(DiagnosticKind kind) { return kKinds[static_cast<int>(kind)].id; }
std::string code_of(DiagnosticKind kind) {
  const std::string digits = std::to_string(kKinds[static_cast<int>(kind)].number);
  return "F" + std::string(4 - digits.size(), '0') + digits;
}
Severity severity_of(DiagnosticKind kind) { return kKinds[static_cast<int>(kind)].severity; }

const std::vector<DiagnosticKind>& all_diagnostic_kinds() {
  static const auto* kinds = [] {
    auto* all = new std::vector<DiagnosticKind>;
    for (size_t i = 0; i < std::size(kKinds); ++i) all->push_back(static_cast<DiagnosticKind>(i));
    return all;
  }();
  return *kinds;
}

Diagnostic& Diagnostic::with_hint(std::string text) {
  if (!in_foreign_text) hint = std::move(text);
  return *this;
}

Diagnostic& Diagnostic::with_note(SourceRange where, std::string text) {
  notes.push_back({where, std::move(text)});
  return *this;
}

Diagnostic& Diagnostic::with_fix(SourceRange where, std::string replacement) {
  if (!in_foreign_text) fix = DiagnosticFix{where, std::move(replacement)};
  return *this;
}

Diagnostic& Diagnostic::replacing(SourceRange where) {
  constexpr std::string_view kWrite = "write `";
  const size_t at = hint.find(kWrite);
  const size_t end = at == hint.npos ? hint.npos : hint.find('`', at + kWrite.size());
  if (end == hint.npos || !where.valid() || in_foreign_text) return *this;
  std::string text = hint.substr(at + kWrite.size(), end - at - kWrite.size());
  if (text.find("...") != text.npos) return *this;
  range = where;
  return with_fix(where, std::move(text));
}

Diagnostic& Diagnostic::with_suggestion(SourceRange where, const std::string& name) {
  if (name.empty()) return *this;
  return with_hint("did you mean `" + name + "`?").with_fix(where, name);
}

Diagnostic& DiagnosticEngine::report(DiagnosticKind kind, SourceRange range, std::string message) {
  const bool is_error = severity_of(kind) == Severity::Error;
  if (tried_errors_ != nullptr) {
    *tried_errors_ += is_error;
    return not_kept_ = Diagnostic{kind, range, std::move(message), {}, {}, reported_, {}};
  }
  errors_ += is_error;
  Diagnostic diagnostic{kind, range, std::move(message), {}, {}, reported_++, {}};
  if (diagnostics_.size() < kMaxKept) return diagnostics_.emplace_back(std::move(diagnostic));
  not_kept_ = std::move(diagnostic);
  return not_kept_;
}

Diagnostic* DiagnosticEngine::first_since(size_t number) {
  const auto found =
      std::find_if(diagnostics_.begin(), diagnostics_.end(),
                   [&](const Diagnostic& diagnostic) { return diagnostic.number >= number; });
  return found == diagnostics_.end() ? nullptr : &*found;
}

void DiagnosticEngine::withdraw_after(const Diagnostic& diagnostic) {
  const size_t last = diagnostic.number;
  while (!diagnostics_.empty() && diagnostics_.back().number > last) {
    errors_ -= severity_of(diagnostics_.back().kind) == Severity::Error;
    diagnostics_.pop_back();
  }
  reported_ = last + 1;
}

std::vector<const Diagnostic*> DiagnosticEngine::sorted() const {
  std::vector<const Diagnostic*> all;
  for (const Diagnostic& d : diagnostics_) all.push_back(&d);
  std::sort(all.begin(), all.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->range.begin, a->number) < std::tie(b->range.begin, b->number);
  });
  // Equal positions are neighbours now, but an equal diagnostic may stand a few places further.
  std::vector<const Diagnostic*> result;
  for (const Diagnostic* d : all) {
    bool repeated = false;
    for (size_t i = result.size(); i-- > 0 && result[i]->range.begin == d->range.begin;) {
      repeated |= result[i]->kind == d->kind && result[i]->range == d->range &&
                  result[i]->message == d->message;
    }
    if (!repeated) result.push_back(d);
  }
  return result;
}

void DiagnosticEngine::print(std::ostream& out, const SourceManager& sources) const {
  const std::vector<const Diagnostic*> all = sorted();
  const size_t count = std::min(all.size(), kMaxPrinted);
  for (size_t i = 0; i < count; ++i) {
    const Diagnostic& d = *all[i];
    const bool error = severity_of(d.kind) == Severity::Error;
    print_head(out, sources, d.range, error ? "error" : "warning", d.message);
    out << " [" << code_of(d.kind) << " " << id_of(d.kind) << "]\n";
    if (d.range.valid()) print_snippet(out, sources, d.range);
    if (!d.hint.empty()) out << "hint: " << shortened(d.hint) << "\n";
    for (size_t n = 0; n < std::min(d.notes.size(), kMaxNotes); ++n) {
      const DiagnosticNote& note = d.notes[n];
      print_head(out, sources, note.range, "note", note.text);
      out << "\n";
      if (note.range.valid()) print_snippet(out, sources, note.range);
    }
  }
  const size_t more = all.size() - count + (reported_ - diagnostics_.size());
  if (more > 0) out << "... and " << more << " more\n";
}

std::string DiagnosticEngine::to_string(const SourceManager& sources) const {
  std::ostringstream out;
  print(out, sources);
  return out.str();
}

}  // namespace fedc
