#include "compiler/diagnostics/diagnostics.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "compiler/diagnostics/suggest.h"

namespace fedc {
namespace {

using enum DiagnosticKind;

TEST(Diagnostics, Format) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "let x = (1;\nlet y = 2;\n");
  DiagnosticEngine engine;
  engine.report(MissingSemicolon, {{file, 16}, 1}, "second").with_hint("write `;`");
  engine.report(UnclosedBracket, {{file, 10}, 0}, "first").with_note({{file, 8}, 2}, "the bracket");
  EXPECT_EQ(engine.error_count(), 2u);
  EXPECT_EQ(engine.to_string(sources),
            "a.fed:1:11: error: first [F0121 unclosed-bracket]\n"
            "   1 | let x = (1;\n"
            "     |           ^\n"
            "a.fed:1:9: note: the bracket\n"
            "   1 | let x = (1;\n"
            "     |         ^~\n"
            "a.fed:2:5: error: second [F0114 missing-semicolon]\n"
            "   2 | let y = 2;\n"
            "     |     ^\n"
            "hint: write `;`\n");
}

TEST(Diagnostics, RepeatedOnesAreSaidOnce) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "abc");
  DiagnosticEngine engine;
  engine.report(ExpectedType, {{file, 1}, 1}, "m");
  engine.report(ExpectedName, {{file, 1}, 1}, "m");
  engine.report(ExpectedType, {{file, 1}, 1}, "m");
  EXPECT_EQ(engine.sorted().size(), 2u);
}

TEST(Diagnostics, AtMostFiftyArePrinted) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", std::string(3000, 'x'));
  DiagnosticEngine engine;
  for (uint32_t i = 0; i < 3000; ++i) engine.report(ExpectedType, {{file, i}, 1}, "m");
  const std::string text = engine.to_string(sources);
  size_t count = 0;
  for (size_t i = text.find("error:"); i != text.npos; i = text.find("error:", i + 1)) ++count;
  EXPECT_EQ(count, 50u);
  EXPECT_NE(text.find("... and 2950 more\n"), text.npos);
}

TEST(Diagnostics, LongLinesAreCutAroundTheCaret) {
  SourceManager sources;
  const FileId file =
      sources.add_file("a.fed", std::string(500000, 'a') + "HERE" + std::string(500000, 'b'));
  DiagnosticEngine engine;
  engine.report(ExpectedType, {{file, 500000}, 4}, "m");
  const std::string text = engine.to_string(sources);
  EXPECT_LT(text.size(), 400u);
  const size_t line = text.find("   1 | "), here = text.find("HERE");
  const size_t carets = text.find("^~~~\n");
  ASSERT_NE(here, text.npos);
  ASSERT_NE(carets, text.npos);
  EXPECT_EQ(here - line, carets - (text.rfind('\n', carets) + 1));
}

TEST(Diagnostics, LongRangesAndRangesOfSeveralLines) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "ab\n" + std::string(300, 'c') + "\nd\n");
  DiagnosticEngine engine;
  engine.report(ExpectedType, {{file, 1}, 200}, "m");
  engine.report(ExpectedType, {{file, 3}, 300}, "m");
  EXPECT_EQ(engine.to_string(sources),
            "a.fed:1:2: error: m [F0110 expected-type]\n"
            "   1 | ab\n"
            "     |  ^\n"
            "a.fed:2:1: error: m [F0110 expected-type]\n"
            "   2 | " +
                std::string(100, 'c') +
                "...\n"
                "     | ^" +
                std::string(99, '~') + "\n");
}

TEST(Diagnostics, ControlCharactersDoNotReachTheTerminal) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", std::string("a\x1b[31m\0\t\xff x", 11));
  DiagnosticEngine engine;
  engine.report(ExpectedType, {{file, 1}, 1}, "m");
  const std::string text = engine.to_string(sources);
  EXPECT_EQ(text.find('\x1b'), text.npos);
  EXPECT_EQ(text.find('\0'), text.npos);
  EXPECT_EQ(text.find('\t'), text.npos);
  EXPECT_EQ(text.find('\xff'), text.npos);
}

TEST(Diagnostics, WithoutAPlace) {
  SourceManager sources;
  DiagnosticEngine engine;
  engine.report(ExpectedType, {}, "m").with_note({}, "n");
  EXPECT_EQ(engine.to_string(sources), "error: m [F0110 expected-type]\nnote: n\n");
}

TEST(Diagnostics, IdsAreDistinct) {
  std::set<std::string> codes;
  std::set<std::string_view> ids;
  for (DiagnosticKind kind : all_diagnostic_kinds()) {
    EXPECT_TRUE(ids.insert(id_of(kind)).second) << id_of(kind);
    EXPECT_TRUE(codes.insert(code_of(kind)).second) << id_of(kind);
    EXPECT_EQ(id_of(kind).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos);
  }
}

TEST(Suggest, NearestName) {
  const std::vector<std::string_view> names = {"float32", "float64", "int32", "bool", "Model", "x"};
  EXPECT_EQ(nearest_name("flaot32", names), "float32");
  EXPECT_EQ(nearest_name("flot64", names), "float64");
  EXPECT_EQ(nearest_name("model", names), "Model");
  EXPECT_EQ(nearest_name("Int32", names), "int32");
  EXPECT_EQ(nearest_name("y", names), "");
  EXPECT_EQ(nearest_name("gradient", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(100000, 'a'), names), "");
}

TEST(Suggest, ElementTypesOfOtherLanguages) {
  EXPECT_EQ(element_type_called("f32"), "float32");
  EXPECT_EQ(element_type_called("double"), "float64");
  EXPECT_EQ(element_type_called("float32"), "");
}

TEST(Diagnostics, Json) {
  SourceManager sources;
  const FileId file = sources.add_file("a \"b\".fed", "let x = 1\nlet \xC3\xA4;\n");
  DiagnosticEngine engine;
  engine.report(MissingSemicolon, {{file, 9}, 0}, "`\xFF`")
      .with_hint("write `;` here")
      .with_fix({{file, 9}, 0}, ";")
      .with_note({{file, 14}, 3}, "over there")
      .with_note({}, "nowhere");
  engine.report(TypeTooLarge, {}, "m");
  std::ostringstream out;
  engine.print_json(out, sources);
  EXPECT_EQ(out.str(),
            R"({"severity":"error","code":"F0229","id":"type-too-large","message":"m","notes":[]})"
            "\n"
            R"({"file":"a \"b\".fed","line":1,"column":10,"end_line":1,"end_column":10,)"
            R"("severity":"error","code":"F0114","id":"missing-semicolon","message":"`)"
            "\xEF\xBF\xBD"
            R"(`",)"
            R"("hint":"write `;` here","fix":{"file":"a \"b\".fed","line":1,"column":10,)"
            R"("end_line":1,"end_column":10,"replacement":";"},"notes":[{"file":"a \"b\".fed",)"
            R"("line":2,"column":5,"end_line":2,"end_column":7,"message":"over there"},)"
            R"({"message":"nowhere"}]})"
            "\n");
}

// However much a message says, only so much of it is printed, and what it says at its end is.
TEST(Diagnostics, TextIsBounded) {
  EXPECT_EQ(shortened("short"), "short");
  std::string umlauts;
  for (int i = 0; i < 5000; ++i) umlauts += "\xC3\xA4";
  for (const std::string& text : {umlauts, "x" + umlauts}) {
    const std::string cut = shortened(text + "end");
    EXPECT_LE(cut.size(), DiagnosticEngine::kMaxText);
    EXPECT_GE(cut.size(), DiagnosticEngine::kMaxText - 8);
    EXPECT_TRUE(cut.ends_with("end"));
    for (size_t i = 0; i < cut.size();) {
      bool valid = false;
      i += code_point_size(std::string_view(cut).substr(i), &valid);
      EXPECT_TRUE(valid);
    }
  }

  SourceManager sources;
  const FileId file = sources.add_file("a.fed", std::string(5 << 20, 'a'));
  DiagnosticEngine engine;
  const std::string name(sources.text(file));
  Diagnostic& diagnostic = engine.report(UnknownName, {{file, 0}, 5 << 20}, "there is no " + name);
  diagnostic.with_hint("write " + name).with_fix({{file, 0}, 1}, name);
  for (int i = 0; i < 100; ++i) diagnostic.with_note({{file, 1}, 1}, name);
  EXPECT_LE(engine.to_string(sources).size(), 20000u);
  std::ostringstream json;
  engine.print_json(json, sources);
  EXPECT_LE(json.str().size(), 20000u);
}

TEST(Diagnostics, AreTriedAndTakenBack) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "abc");
  DiagnosticEngine engine;
  engine.report(ExpectedType, {{file, 0}, 1}, "first");
  {
    const DiagnosticTrial outer(engine);
    engine.report(ExpectedType, {{file, 1}, 1}, "tried").with_hint("h");
    {
      const DiagnosticTrial inner(engine);
      engine.report(UnprotectedSum, {{file, 1}, 1}, "a warning");
      EXPECT_EQ(inner.errors(), 0u);
    }
    EXPECT_EQ(outer.errors(), 1u);
    EXPECT_TRUE(DiagnosticTrial::active(engine));
  }
  EXPECT_FALSE(DiagnosticTrial::active(engine));
  EXPECT_EQ(engine.error_count(), 1u);
  const size_t mark = engine.reported();
  EXPECT_EQ(engine.first_since(mark), nullptr);
  engine.report(ExpectedName, {{file, 1}, 1}, "second");
  engine.report(ExpectedName, {{file, 2}, 1}, "third");
  Diagnostic* const second = engine.first_since(mark);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->message, "second");
  engine.withdraw_after(*second);
  EXPECT_EQ(engine.error_count(), 2u);
  EXPECT_EQ(engine.reported(), mark + 1);
  EXPECT_EQ(engine.sorted().size(), 2u);
}

}  // namespace
}  // namespace fedc
