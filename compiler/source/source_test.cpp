#include "compiler/source/source.h"

#include <gtest/gtest.h>

namespace fedc {
namespace {

TEST(Source, LinesAndColumnsCountFromOne) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "ab\ncd\r\n\nx");
  EXPECT_EQ(sources.line_count(file), 4u);
  EXPECT_EQ(sources.line_text(file, 1), "ab");
  EXPECT_EQ(sources.line_text(file, 2), "cd");
  EXPECT_EQ(sources.line_text(file, 3), "");
  EXPECT_EQ(sources.line_text(file, 4), "x");
  const LineColumn at = sources.line_column({file, 4});
  EXPECT_EQ(at.line, 2u);
  EXPECT_EQ(at.column, 2u);
  const LineColumn end = sources.line_column({file, 1000});
  EXPECT_EQ(end.line, 4u);
  EXPECT_EQ(end.column, 2u);
}

TEST(Source, ColumnsAreCodePoints) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "é→x\xff!");
  EXPECT_EQ(sources.line_column({file, 2}).column, 2u);
  EXPECT_EQ(sources.line_column({file, 3}).column, 2u) << "within a code point";
  EXPECT_EQ(sources.line_column({file, 5}).column, 3u);
  EXPECT_EQ(sources.line_column({file, 7}).column, 5u) << "a broken byte is one column";
}

TEST(Source, ColumnsInLongLines) {
  SourceManager sources;
  std::string text = "first\n";
  for (int i = 0; i < 5000; ++i) text += "aé";
  const FileId file = sources.add_file("a.fed", text);
  for (uint32_t i : {0u, 1u, 340u, 341u, 342u, 1023u, 1024u, 1025u, 4999u}) {
    EXPECT_EQ(sources.line_column({file, 6 + 3 * i}).column, 2 * i + 1);
    EXPECT_EQ(sources.line_column({file, 6 + 3 * i + 1}).column, 2 * i + 2);
    EXPECT_EQ(sources.line_column({file, 6 + 3 * i}).line, 2u);
  }
}

TEST(Source, EmptyFile) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "");
  EXPECT_EQ(sources.line_count(file), 1u);
  EXPECT_EQ(sources.line_text(file, 1), "");
  EXPECT_EQ(sources.line_column({file, 0}).column, 1u);
}

TEST(Source, RangesOfText) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "let x");
  EXPECT_EQ(sources.text(SourceRange{{file, 4}, 1}), "x");
  EXPECT_EQ(sources.text(SourceRange{}), "");
  const SourceRange both = cover({{file, 0}, 1}, {{file, 4}, 1});
  EXPECT_EQ(sources.text(both), "let x");
  EXPECT_EQ(cover({}, both), both);
  EXPECT_EQ(cover(both, {}), both);
}

TEST(Source, FilesAreFoundByPath) {
  SourceManager sources;
  const FileId file = sources.add_file("a.fed", "x");
  EXPECT_EQ(sources.find("a.fed"), file);
  EXPECT_EQ(sources.find("b.fed"), 0u);
}

TEST(Source, UnreadableFilesSayWhy) {
  SourceManager sources;
  std::string error;
  EXPECT_EQ(sources.add_from_disk("/no/such/file.fed", &error), 0u);
  EXPECT_EQ(error, "No such file or directory");
  EXPECT_EQ(sources.add_from_disk("/", &error), 0u);
  EXPECT_EQ(error, "Is a directory");
}

TEST(Source, CodePoints) {
  auto valid = [](std::string_view text) {
    bool ok = false;
    return code_point_size(text, &ok) == text.size() && ok;
  };
  EXPECT_TRUE(valid("a"));
  EXPECT_TRUE(valid("\xC2\x80"));
  EXPECT_TRUE(valid("\xE2\x86\x92"));
  EXPECT_TRUE(valid("\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(valid("\xC0\x80")) << "overlong";
  EXPECT_FALSE(valid("\xE0\x80\x80")) << "overlong";
  EXPECT_FALSE(valid("\xED\xA0\x80")) << "a surrogate";
  EXPECT_FALSE(valid("\xF4\x90\x80\x80")) << "beyond Unicode";
  EXPECT_FALSE(valid("\xE2\x86")) << "cut off";
  EXPECT_FALSE(valid("\x80")) << "a continuation alone";
}

}  // namespace
}  // namespace fedc
