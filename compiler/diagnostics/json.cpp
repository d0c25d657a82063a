#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/diagnostics.h"

namespace fedc {
namespace {

using Json = nlohmann::ordered_json;

// Nothing where there is no place.
void add_place(Json& json, const SourceManager& sources, SourceRange range) {
  if (!range.valid()) return;
  const LineColumn begin = sources.line_column(range.begin);
  const LineColumn end = sources.line_column(range.end());
  json["file"] = sources.path(range.begin.file);
  json["line"] = begin.line;
  json["column"] = begin.column;
  json["end_line"] = end.line;
  json["end_column"] = end.column;
}

Json to_json(const Diagnostic& d, const SourceManager& sources) {
  Json json;
  add_place(json, sources, d.range);
  json["severity"] = severity_of(d.kind) == Severity::Error ? "error" : "warning";
  json["code"] = code_of(d.kind);
  json["id"] = id_of(d.kind);
  json["message"] = shortened(d.message);
  if (!d.hint.empty()) json["hint"] = shortened(d.hint);
  // A replacement is whole, or not told.
  if (d.fix && d.fix->replacement.size() <= DiagnosticEngine::kMaxText) {
    Json fix;
    add_place(fix, sources, d.fix->range);
    fix["replacement"] = d.fix->replacement;
    json["fix"] = fix;
  }
  json["notes"] = Json::array();
  for (size_t i = 0; i < std::min(d.notes.size(), DiagnosticEngine::kMaxNotes); ++i) {
    const DiagnosticNote& note = d.notes[i];
    Json entry;
    add_place(entry, sources, note.range);
    entry["message"] = shortened(note.text);
    json["notes"].push_back(entry);
  }
  return json;
}

}  // namespace

void DiagnosticEngine::print_json(std::ostream& out, const SourceManager& sources) const {
  for (const Diagnostic* d : sorted()) {
    // Names of files, and the words in messages, may be any bytes.
    out << to_json(*d, sources).dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
}

}  // namespace fedc
