#include "runtime/program/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "runtime/data/excerpt.h"

namespace fedrt {
namespace {

absl::Status wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

absl::Status whole_number(const std::string& flag, const std::string& text, uint64_t least,
                          uint64_t most, uint64_t* out) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return wrong(absl::StrCat(flag, ": expected a whole number from ", least, " to ", most,
                              ", found `", text, "`"));
  *out = value;
  return absl::OkStatus();
}

// The steps from one word to the other, to guess what was meant.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// `text` with `value` in the place of VALUE, where there is one.
std::string with_value(const std::string& text, const std::string& value) {
  const std::string shown = excerpt(value, kMostQuotedWord);
  return value.empty() ? text : absl::StrReplaceAll(text, {{"VALUE", shown}});
}

}  // namespace

void keep_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    // The lowest number that is free is the one that open() takes.
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) == -1) return;
  }
}

void CommandLine::text(const std::string& name, std::string* out) {
  flags_[name].take = [name, out](const std::string& value) {
    if (value.empty()) return wrong(absl::StrCat(name, ": a value is missing"));
    *out = value;
    return absl::OkStatus();
  };
}

void CommandLine::number(const std::string& name, uint64_t least, uint64_t most, uint64_t* out) {
  flags_[name].take = [=](const std::string& value) {
    return whole_number(name, value, least, most, out);
  };
}

void CommandLine::number(const std::string& name, uint64_t least, uint64_t most,
                         std::optional<uint64_t>* out) {
  flags_[name].take = [=](const std::string& value) {
    uint64_t parsed = 0;
    absl::Status status = whole_number(name, value, least, most, &parsed);
    if (status.ok()) *out = parsed;
    return status;
  };
}

void CommandLine::toggle(const std::string& name, bool* out, const std::string& instead) {
  Flag& flag = flags_[name];
  flag.instead = instead;
  flag.has_value = false;
  flag.repeats = true;
  flag.take = [out](const std::string&) {
    *out = true;
    return absl::OkStatus();
  };
}

void CommandLine::pairs(const std::string& name, std::map<std::string, std::string>* out) {
  each(name, "", [name, out](const std::string& value) {
    const size_t sign = value.find('=');
    if (sign == std::string::npos || sign == 0)
      return wrong(absl::StrCat(name, ": expected NAME=VALUE, found `", value, "`"));
    if (!out->emplace(value.substr(0, sign), value.substr(sign + 1)).second)
      return wrong(absl::StrCat(name, " ", value.substr(0, sign), " stands twice"));
    return absl::OkStatus();
  });
}

void CommandLine::each(const std::string& name, const std::string& letter,
                       std::function<absl::Status(const std::string& value)> take) {
  Flag& flag = flags_[name];
  flag.repeats = true;
  flag.take = std::move(take);
  if (!letter.empty()) letters_[letter] = name;
}

void CommandLine::elsewhere(const std::string& name, const std::string& why) {
  elsewhere_[name] = why;
}

void CommandLine::own(std::function<Own(const std::vector<std::string>& words)> names) {
  own_ = std::move(names);
}

absl::Status CommandLine::unknown(const std::string& flag, const std::string& value,
                                  const std::vector<std::string>& words) const {
  const std::string name = flag.starts_with("--") ? flag.substr(2) : "";
  const Own own = own_ && !name.empty() ? own_(words) : Own();
  const std::string what = absl::StrCat("unknown flag `", excerpt(flag), "`");
  if (const auto found = elsewhere_.find(flag); found != elsewhere_.end())
    return wrong(absl::StrCat(flag, " ", with_value(found->second, value)));
  if (const auto found = own.instead.find(name); found != own.instead.end())
    return wrong(absl::StrCat(what, "; ", with_value(found->second, value)));
  std::string nearest;
  // Of a short name less is left where two letters are others.
  size_t best = name.size() > 4 ? 3 : 2;
  const auto consider = [&](const std::string& known, const std::string& shown) {
    if (const size_t d = distance(flag, known); d < best) best = d, nearest = shown;
  };
  for (const auto& [known, about] : flags_) consider(known, absl::StrCat("`", known, "`"));
  for (const char* always : {"--help", "--version"})
    consider(always, absl::StrCat("`", always, "`"));
  std::string instead;
  for (const auto& [known, text] : own.instead) {
    const std::string before = nearest;
    consider("--" + known, known);
    if (nearest != before) instead = with_value(text, value);
  }
  std::string begun;  // the flags that the name is the beginning of
  for (const auto& [known, about] : flags_)
    if (name.size() > 2 && known.starts_with(flag + "-"))
      absl::StrAppend(&begun, begun.empty() ? "`" : ", `", known, "`");
  if (!instead.empty()) return wrong(absl::StrCat(what, "; ", instead));
  if (nearest.empty()) nearest = begun;
  return wrong(absl::StrCat(what, nearest.empty() ? "" : "; did you mean ", nearest,
                            nearest.empty() ? "" : "?",
                            nearest.empty() && !own.listing.empty() ? "; " + own.listing : ""));
}

absl::Status CommandLine::parse(int argc, char** argv, std::vector<std::string>* words) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "-h" || word == "--help") {
      help_ = true;
      return absl::OkStatus();
    }
    if (word == "--version") {
      version_ = true;
      return absl::OkStatus();
    }
    if (word.empty() || word[0] != '-' || word == "-") {
      words->push_back(word);
      continue;
    }
    const auto letter = letters_.find(word.substr(0, 2));
    const size_t equals = letter != letters_.end() ? std::string::npos : word.find('=');
    const std::string written = letter != letters_.end() ? letter->first : word.substr(0, equals);
    const std::string name = letter != letters_.end() ? letter->second : written;
    const auto flag = flags_.find(name);
    if (flag == flags_.end()) {
      // The program may stand behind it.
      for (int j = i + 1; j < argc; ++j)
        if (argv[j][0] != '-') words->push_back(argv[j]);
      // A number is its value, other words may be anything.
      const bool number = i + 1 < argc && std::isdigit(static_cast<unsigned char>(argv[i + 1][0]));
      return unknown(written,
                     equals != std::string::npos ? word.substr(equals + 1)
                     : number                    ? argv[i + 1]
                                                 : "",
                     *words);
    }
    std::string value;
    if (!flag->second.has_value) {
      if (equals != std::string::npos)
        return wrong(absl::StrCat(written, " takes no value",
                                  flag->second.instead.empty() ? "" : "; ",
                                  with_value(flag->second.instead, word.substr(equals + 1))));
    } else if (letter != letters_.end() && word.size() > 2) {
      value = word.substr(2);
    } else if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      return wrong(absl::StrCat(written, ": a value is missing"));
    }
    if (!flag->second.repeats && given(name)) return wrong(absl::StrCat(name, " stands twice"));
    given_.push_back(name);
    if (letter != letters_.end() && value.empty())
      return wrong(absl::StrCat(written, ": a value is missing"));
    if (absl::Status status = flag->second.take(value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool CommandLine::given(const std::string& name) const {
  return std::find(given_.begin(), given_.end(), name) != given_.end();
}

}  // namespace fedrt
