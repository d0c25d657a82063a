#include "compiler/format/formatter.h"

#include <utility>

namespace fedc::formatting {

const Doc* Formatter::take(Kind kind) {
  if (next().kind != kind) ok_ = false;
  if (!ok_ || at(Kind::EndOfFile)) {
    ok_ = false;
    return docs_.none();
  }
  if (comment_here()) break_groups();
  const Doc* comments = take_comments();
  Piece& piece = pieces_[at_++];
  const Doc* text = docs_.text(piece.text);
  if (piece.after.empty()) return docs_.concat({comments, text});
  return docs_.concat({comments, text, docs_.comment(piece.after, /*own_line=*/false)});
}

const Doc* Formatter::take_greater() {
  if (!at(Kind::GreaterEqual)) return take(Kind::Greater);
  // The `=` stays behind as a token of its own.
  Piece& whole = pieces_[at_];
  Piece first = whole;
  first.kind = Kind::Greater;
  first.text = whole.text.substr(0, 1);
  first.after = {};
  whole.kind = Kind::Equals;
  whole.text.remove_prefix(1);
  ++whole.offset;
  whole.before.clear();
  pieces_.insert(pieces_.begin() + static_cast<ptrdiff_t>(at_), std::move(first));
  return take(Kind::Greater);
}

const Doc* Formatter::take_comments() {
  Piece& piece = pieces_[at_];
  if (piece.before.empty()) return docs_.none();
  break_groups();
  Parts parts;
  for (size_t i = 0; i < piece.before.size(); ++i) {
    if (i > 0 && piece.before[i].blank_before) parts.push_back(docs_.blank());
    parts.push_back(docs_.comment(piece.before[i].text, /*own_line=*/true));
  }
  if (piece.blank_before && !lex::is_close(piece.kind)) parts.push_back(docs_.blank());
  piece.before.clear();
  piece.blank_before = false;
  return docs_.concat(std::move(parts));
}

const Doc* Formatter::blank() {
  const Piece& piece = next();
  const bool wanted = piece.before.empty() ? piece.blank_before : piece.before[0].blank_before;
  return wanted ? docs_.blank() : docs_.none();
}

const Doc* Formatter::last_comments() {
  if (next().before.empty()) return docs_.none();
  const Doc* space = blank();
  pieces_[at_].blank_before = false;
  return docs_.concat({space, take_comments()});
}

bool Formatter::comment_here() const {
  return !next().before.empty() || (at_ > 0 && !pieces_[at_ - 1].after.empty());
}

const Doc* Formatter::trailing_comma(size_t count) {
  if (!at(Kind::Comma)) return docs_.none();
  if (count == 1 || comment_here() || !next().after.empty()) return take(Kind::Comma);
  ++at_;
  return docs_.none();
}

Doc* Formatter::open_group() {
  Doc* doc = docs_.make(Doc::Kind::Group);
  open_.push_back({doc, at_});
  return doc;
}

const Doc* Formatter::close_group(const Doc* inner) {
  Doc* doc = open_.back().group;
  open_.pop_back();
  doc->parts.push_back(inner);
  return doc;
}

const Doc* Formatter::group(const std::function<const Doc*()>& inner) {
  open_group();
  return close_group(inner());
}

void Formatter::break_groups() {
  for (const Open& open : open_) open.group->broken |= open.first < at_;
}

const Doc* Formatter::list(const List& list) {
  Doc* group = open_group();
  const Doc* open = take_any();
  Parts flat, broken;
  bool loose = false;  // more than the hugged item is broken
  const bool hugging = list.hug != List::kNoHug;
  const Doc* lone = nullptr;
  auto add = [&](const Doc* doc) {
    flat.push_back(doc);
    broken.push_back(doc);
  };
  for (size_t i = 0; i < list.count && ok_; ++i) {
    loose |= comment_here();
    const bool was_broken = std::exchange(group->broken, false);
    const Doc* comments = take_comments();
    const Doc* item = list.item(i);
    const bool broken_here = group->broken;
    group->broken |= was_broken;
    loose |= broken_here && i != list.hug;
    add(docs_.concat({comments, item}));
    // With something behind it, it only helps an item that spans lines anyway.
    if (i == list.hug && !broken_here && i + 1 < list.count) lone = flat.back();
    loose |= comment_here();
    if (i + 1 == list.count) break;
    add(take(Kind::Comma));
    flat.push_back(docs_.text(list.space ? " " : ""));
    broken.push_back(list.space ? docs_.line() : docs_.soft_line());
  }
  if (list.count > 0) add(trailing_comma(list.count));
  loose |= comment_here();
  const Doc* comments = take_comments();
  const Doc* close = list.close == Kind::Greater ? take_greater() : take(list.close);
  const Doc* one_line = docs_.concat({open, docs_.concat(std::move(flat)), close});
  if (!loose && !list.breakable) return close_group(one_line);
  broken.push_back(comments);
  const Doc* items = docs_.concat(std::move(broken));
  const Doc* lines =
      list.hanging ? docs_.concat({open, docs_.indent(1, items), close})
                   : docs_.concat({open, docs_.indent(2, docs_.concat({docs_.soft_line(), items})),
                                   docs_.soft_line(), close});
  if (!hugging || loose) {
    group->broken |= loose;
    return close_group(list.count == 0 && !loose ? one_line : lines);
  }
  group->kind = Doc::Kind::Choice;
  group->parts = {lines, one_line};
  group->lone = lone;
  group->indent = 2;
  return close_group(lines);
}

const Doc* Formatter::module(const ast::Module& module) {
  Parts parts;
  for (const ast::Decl* decl : module.declarations) {
    parts.push_back(blank());
    parts.push_back(take_comments());
    parts.push_back(declaration(*decl));
    parts.push_back(docs_.hard_line());
  }
  if (!at(Kind::EndOfFile)) ok_ = false;
  parts.push_back(last_comments());
  return docs_.concat(std::move(parts));
}

}  // namespace fedc::formatting
