#include "compiler/format/doc.h"

#include <utility>

#include "compiler/source/source.h"

namespace fedc::formatting {
namespace {

struct Command {
  int indent;
  bool flat;
  const Doc* doc;
  bool strict = false;  // on trial: groups are on one line if they can
};

class Layout {
 public:
  explicit Layout(int width) : width_(width) {}

  std::string run(const Doc* root) {
    stack_.push_back({0, false, root});
    while (!stack_.empty()) {
      const Command next = stack_.back();
      stack_.pop_back();
      step(next);
    }
    if (column_ > 0) out_ += '\n';
    return std::move(out_);
  }

 private:
  void step(const Command& c) {
    switch (c.doc->kind) {
      case Doc::Kind::Text:
        if (after_comment_ && c.doc->text == " ") return;
        if (after_comment_) line_break(c.indent);
        return write(c.doc->text);
      case Doc::Kind::Line:
      case Doc::Kind::SoftLine:
        if (!c.flat) return line_break(c.indent);
        if (c.doc->kind == Doc::Kind::Line && !after_comment_) write(" ");
        return;
      case Doc::Kind::HardLine:
        return line_break(c.indent);
      case Doc::Kind::Blank:
        if (column_ > 0) line_break(c.indent);
        if (!opened_ && !out_.empty()) out_ += '\n';
        opened_ = true;  // one empty line is enough
        return;
      case Doc::Kind::Comment:
        if (after_comment_) line_break(c.indent);
        write("  ");
        return write_comment(c.doc->text);
      case Doc::Kind::OwnLine:
        line_break(c.indent);
        return write_comment(c.doc->text);
      case Doc::Kind::Indent:
        stack_.push_back({c.indent + c.doc->indent, c.flat, c.doc->parts[0]});
        return;
      case Doc::Kind::Concat:
        return push_parts(stack_, c.doc->parts, c);
      case Doc::Kind::Group: {
        const bool flat = c.flat || (!c.doc->broken && fits({c.indent, true, c.doc->parts[0]}));
        stack_.push_back({c.indent, flat, c.doc->parts[0]});
        return;
      }
      case Doc::Kind::Choice:
        stack_.push_back(chosen(c));
        return;
    }
  }

  Command chosen(const Command& c) {
    const std::vector<const Doc*>& parts = c.doc->parts;
    if (c.flat) return {c.indent, true, parts[0]};
    if (!c.doc->broken && fits({c.indent, true, parts[0]})) return {c.indent, true, parts[0]};
    if (c.doc->lone != nullptr && fits_alone(c)) return {c.indent, false, parts[0]};
    for (size_t i = 1; i + 1 < parts.size(); ++i) {
      if (fits({c.indent, false, parts[i], /*strict=*/true})) return {c.indent, false, parts[i]};
    }
    return {c.indent, false, parts.back()};
  }

  static void push_parts(std::vector<Command>& stack, const std::vector<const Doc*>& parts,
                         const Command& from) {
    for (size_t i = parts.size(); i-- > 0;) {
      stack.push_back({from.indent, from.flat, parts[i], from.strict});
    }
  }

  // Whether what follows fits on the line: `first`, and then what is on the stack, up to the first
  // place where the line may end.
  bool fits(Command first) {
    return fits(first, width_ - (column_ > 0 ? column_ : first.indent), stack_.size(), trial_);
  }

  // Whether the choice's `lone` fits on a line of its own, with a comma.
  bool fits_alone(const Command& choice) {
    const int indent = choice.indent + choice.doc->indent;
    return fits({indent, true, choice.doc->lone}, width_ - indent - 1, 0, lone_trial_);
  }

  // The same in `left` columns, with `rest` of the stack behind it. `trial` is room to work in.
  bool fits(Command first, int left, size_t rest, std::vector<Command>& trial) {
    trial.assign(1, first);
    while (left >= 0) {
      if (trial.empty()) {
        if (rest == 0) return true;
        trial.push_back(stack_[--rest]);
      }
      const Command c = trial.back();
      trial.pop_back();
      switch (c.doc->kind) {
        case Doc::Kind::Text:
          left -= static_cast<int>(count_code_points(c.doc->text));
          break;
        case Doc::Kind::Line:
        case Doc::Kind::SoftLine:
          if (!c.flat) return true;
          left -= c.doc->kind == Doc::Kind::Line ? 1 : 0;
          break;
        case Doc::Kind::HardLine:
        case Doc::Kind::Comment:
        case Doc::Kind::OwnLine:
          return true;
        case Doc::Kind::Blank:
          break;
        case Doc::Kind::Indent:
          trial.push_back({c.indent, c.flat, c.doc->parts[0], c.strict});
          break;
        case Doc::Kind::Concat:
          push_parts(trial, c.doc->parts, c);
          break;
        case Doc::Kind::Group:
          if (c.flat && c.doc->broken) return false;
          trial.push_back({c.indent, c.flat || (c.strict && !c.doc->broken && !c.doc->body),
                           c.doc->parts[0], c.strict});
          break;
        case Doc::Kind::Choice:
          if (c.flat && c.doc->broken) return false;
          if (!c.flat && c.strict && c.doc->lone != nullptr && fits_alone(c)) {
            trial.push_back({c.indent, true, c.doc->parts[0], c.strict});
            break;
          }
          trial.push_back({c.indent, c.flat,
                           c.flat     ? c.doc->parts[0]
                           : c.strict ? c.doc->parts[1]
                                      : c.doc->parts.back(),
                           c.strict});
          break;
      }
    }
    return false;
  }

  void line_break(int indent) {
    if (column_ > 0) {
      while (!out_.empty() && out_.back() == ' ') out_.pop_back();
      out_ += '\n';
    }
    column_ = 0;
    indent_ = indent;
    after_comment_ = false;
  }

  void write(std::string_view text) {
    if (text.empty()) return;
    if (column_ == 0) {
      out_.append(static_cast<size_t>(indent_), ' ');
      column_ = indent_;
    }
    out_ += text;
    column_ += static_cast<int>(count_code_points(text));
    const char last = text.back();
    opened_ = last == '{' || last == '(' || last == '<' || last == '[';
  }

  void write_comment(std::string_view text) {
    write(text);
    opened_ = false;
    after_comment_ = true;
  }

  const int width_;
  std::string out_;
  std::vector<Command> stack_;
  std::vector<Command> trial_, lone_trial_;
  int column_ = 0;  // 0: nothing is on the line yet, which will start with `indent_` spaces
  int indent_ = 0;
  bool opened_ = true;          // no empty line may follow
  bool after_comment_ = false;  // nothing more may stand on the line
};

}  // namespace

const Doc* Docs::text(std::string_view text) {
  Doc* doc = make(Doc::Kind::Text);
  doc->text = text;
  return doc;
}

const Doc* Docs::comment(std::string_view text, bool own_line) {
  Doc* doc = make(own_line ? Doc::Kind::OwnLine : Doc::Kind::Comment);
  doc->text = text;
  return doc;
}

const Doc* Docs::indent(int columns, const Doc* inner) {
  Doc* doc = make(Doc::Kind::Indent);
  doc->indent = columns;
  doc->parts.push_back(inner);
  return doc;
}

const Doc* Docs::concat(std::vector<const Doc*> parts) {
  Doc* doc = make(Doc::Kind::Concat);
  doc->parts = std::move(parts);
  return doc;
}

Doc* Docs::make(Doc::Kind kind) {
  Doc& doc = docs_.emplace_back();
  doc.kind = kind;
  return &doc;
}

std::string layout(const Doc* doc, int width) { return Layout(width).run(doc); }

}  // namespace fedc::formatting
