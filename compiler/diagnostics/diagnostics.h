// What the compiler says to its user. Stages report here; the driver prints once, at the end.
//
// Wording: lower case, no final period, code in backticks; the message describes the situation in
// the user's terms, the hint says what to write. One mistake, one message.
#ifndef FEDC_DIAGNOSTICS_DIAGNOSTICS_H_
#define FEDC_DIAGNOSTICS_DIAGNOSTICS_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.h"

namespace fedc {

enum class Severity { Error, Warning };

enum class DiagnosticKind {
#define FEDC_DIAGNOSTIC(name, number, id, severity) name,
#include "compiler/diagnostics/diagnostic_kinds.def"
};

std::string_view id_of(DiagnosticKind kind);  // `shape-mismatch`
std::string code_of(DiagnosticKind kind);     // `F0123`
Severity severity_of(DiagnosticKind kind);
// All kinds in the order of the list.
const std::vector<DiagnosticKind>& all_diagnostic_kinds();

// A second place that explains the first: "the `{` is here".
struct DiagnosticNote {
  SourceRange range;  // invalid: no place is shown
  std::string text;
};

// A change of the text that would make it right, as the hint says it, for editors.
struct DiagnosticFix {
  SourceRange range;  // empty: an insertion
  std::string replacement;
};

struct Diagnostic {
  DiagnosticKind kind;
  SourceRange range;  // invalid: about the run as a whole
  std::string message;
  std::string hint;  // empty: none
  std::vector<DiagnosticNote> notes;
  size_t number = 0;  // in the order of reporting
  std::optional<DiagnosticFix> fix;
  // What is wrong shows in text that the reader cannot change: what is said to write there is not
  // kept.
  bool in_foreign_text = false;

  // For `engine.report(...).with_hint(...).with_note(...)`.
  Diagnostic& with_hint(std::string text);
  Diagnostic& with_note(SourceRange where, std::string text);
  Diagnostic& with_fix(SourceRange where, std::string replacement);
  // What the hint says to write, the text in backticks behind its first "write ", stands in the
  // place of what is there, which is underlined then: also for editors. Of a hint that leaves
  // something open, `...`, or that says nothing to write, nothing.
  Diagnostic& replacing(SourceRange where);
  // "did you mean": a hint and a fix, or nothing if there is no such name ("").
  Diagnostic& with_suggestion(SourceRange where, const std::string& name);
};

// Collects what the stages report.
class DiagnosticEngine {
 public:
  // At most this many are printed; the rest is counted.
  static constexpr size_t kMaxPrinted = 50;

  DiagnosticEngine() = default;
  DiagnosticEngine(const DiagnosticEngine&) = delete;
  DiagnosticEngine& operator=(const DiagnosticEngine&) = delete;

  // Bytes of a message, of a hint and of a note that are printed, and how many notes of one.
  static constexpr size_t kMaxText = 1500;
  static constexpr size_t kMaxNotes = 8;

  // Beyond this many, diagnostics are counted but not kept: nobody reads them.
  static constexpr size_t kMaxKept = 1000;

  // The reference stays valid until the engine is destroyed.
  Diagnostic& report(DiagnosticKind kind, SourceRange range, std::string message);

  // Errors reported so far, duplicates included.
  size_t error_count() const { return errors_; }
  bool has_errors() const { return errors_ != 0; }

  // How many were reported; the next one has this as its number.
  size_t reported() const { return reported_; }
  // The first that was reported with this number or a higher one; null where there is none.
  Diagnostic* first_since(size_t number);
  // Takes back what was reported after that one: it says what is wrong with all of them.
  void withdraw_after(const Diagnostic& diagnostic);

  // By position (file, offset), then in the order of reporting; one of each kind, range and
  // message. Diagnostics without a place come first.
  std::vector<const Diagnostic*> sorted() const;

  // Prints everything in the form
  //   path:line:column: error: message [F0123 kind]
  //     12 |   let x = 1
  //        |            ^
  //   hint: ...
  //   path:line:column: note: text
  // A line too long for a terminal is cut around the caret, and no text is longer than kMaxText:
  // what is longer, as the type of thousands of fields is, has `...` in its middle.
  void print(std::ostream& out, const SourceManager& sources) const;
  std::string to_string(const SourceManager& sources) const;

  // Prints everything for tools, one JSON object a line: docs/fedc.md describes its fields.
  void print_json(std::ostream& out, const SourceManager& sources) const;

 private:
  friend class DiagnosticTrial;
  std::deque<Diagnostic> diagnostics_;
  size_t* tried_errors_ = nullptr;  // where errors are counted while a DiagnosticTrial exists
  Diagnostic not_kept_{};
  size_t reported_ = 0;
  size_t errors_ = 0;
};

// While one exists, nothing is reported to the engine: errors are only counted. It is for trying
// out what would be said of something else than what is written.
class DiagnosticTrial {
 public:
  explicit DiagnosticTrial(DiagnosticEngine& engine)
      : engine_(engine), outer_(engine.tried_errors_) {
    engine.tried_errors_ = &errors_;
  }
  ~DiagnosticTrial() { engine_.tried_errors_ = outer_; }
  DiagnosticTrial(const DiagnosticTrial&) = delete;
  DiagnosticTrial& operator=(const DiagnosticTrial&) = delete;
  size_t errors() const { return errors_; }
  // Whether one exists.
  static bool active(const DiagnosticEngine& engine) { return engine.tried_errors_ != nullptr; }

 private:
  DiagnosticEngine& engine_;
  size_t* const outer_;
  size_t errors_ = 0;
};

// The text with at most kMaxText bytes: what is left out is in its middle, as the end says what is
// wrong with what stands before it. Code points stay whole.
std::string shortened(std::string_view text);

}  // namespace fedc

#endif  // FEDC_DIAGNOSTICS_DIAGNOSTICS_H_
