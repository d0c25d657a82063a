// Documents: text with the places where it may be broken into lines, after Wadler's "A prettier
// printer", with alternatives as in the tool Prettier.
#ifndef FEDC_FORMAT_DOC_H_
#define FEDC_FORMAT_DOC_H_

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace fedc::formatting {

struct Doc {
  enum class Kind {
    Text,
    Line,      // a space, or a line break where its group is broken
    SoftLine,  // nothing, or a line break
    HardLine,  // a line break; the groups around it are broken
    Blank,     // an empty line before what follows, unless a bracket has just been opened
    Comment,   // on the line of what stands before it; what follows starts a line
    OwnLine,   // a comment on a line of its own
    Indent,
    Concat,
    Group,  // on one line if it fits and is not `broken`
    // The first part on one line; else the first of the others whose first line fits, where only
    // groups that are `broken` or a `body` end a line; else the last one. With `lone`: the first
    // part on several lines where `lone` fits on one, indented by `indent`, before the others.
    Choice,
  };
  Kind kind = Kind::Concat;
  bool broken = false;
  bool body = false;  // of a group: what is behind its first line break may be any number of lines
  int indent = 0;
  const Doc* lone = nullptr;
  std::string_view text;
  std::vector<const Doc*> parts;
};

// Owns documents. They may be used several times in a larger one.
class Docs {
 public:
  const Doc* text(std::string_view text);  // the text must outlive the document
  const Doc* line() { return &line_; }
  const Doc* soft_line() { return &soft_line_; }
  const Doc* hard_line() { return &hard_line_; }
  const Doc* blank() { return &blank_; }
  const Doc* none() { return &none_; }
  const Doc* comment(std::string_view text, bool own_line);
  const Doc* indent(int columns, const Doc* doc);
  const Doc* concat(std::vector<const Doc*> parts);
  Doc* make(Doc::Kind kind);

 private:
  std::deque<Doc> docs_;
  Doc line_{Doc::Kind::Line, false, false, 0, {}, {}};
  Doc soft_line_{Doc::Kind::SoftLine, false, false, 0, {}, {}};
  Doc hard_line_{Doc::Kind::HardLine, false, false, 0, {}, {}};
  Doc blank_{Doc::Kind::Blank, false, false, 0, {}, {}};
  Doc none_;
};

std::string layout(const Doc* doc, int width);

}  // namespace fedc::formatting

#endif  // FEDC_FORMAT_DOC_H_
