#include "compiler/manifest/report_items.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace fedc::manifest {
namespace {

// "r", "r.delta" of "r.delta.w", the shortest first; before them "", the whole list.
std::vector<std::string> structs_of(const std::string& name) {
  std::vector<std::string> structs = {""};
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
    structs.push_back(name.substr(0, dot));
  return structs;
}

bool is_in(const std::string& name, const std::string& of) {
  return of.empty() ||
         (name.size() > of.size() + 1 && name.starts_with(of) && name[of.size()] == '.');
}

// The path inside the struct.
std::string part_of(const std::string& name, const std::string& of) {
  return of.empty() ? name : name.substr(of.size() + 1);
}

// `text` with "*" for the path `part` wherever it is the end of a longer path.
std::string with_star(std::string text, const std::string& part) {
  const std::string wanted = "." + part;
  for (size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 2)) {
    const size_t end = at + wanted.size();
    const unsigned char next = end < text.size() ? static_cast<unsigned char>(text[end]) : ' ';
    if (next != '.' && next != '_' && !std::isalnum(next)) text.replace(at + 1, part.size(), "*");
  }
  return text;
}

// What is compared of an item as part of the struct `of`: the order in which values are listed is
// that of the code.
std::vector<std::string> key_of(const ReportItem& item, const std::string& of) {
  const std::string part = part_of(item.name, of);
  std::vector<std::string> key = {item.place, item.more};
  for (const std::string& line : item.becomes) {
    std::string rest = with_star(line, part);
    for (const std::string_view begin : {kMadeOf, kComputedFrom, kNextFrom}) {
      if (!rest.starts_with(begin)) continue;
      key.emplace_back(begin);
      rest.erase(0, begin.size());
      std::vector<std::string> sources;
      for (size_t comma; (comma = rest.find(", ")) != std::string::npos; rest.erase(0, comma + 2))
        sources.push_back(rest.substr(0, comma));
      sources.push_back(rest);
      rest.clear();
      std::sort(sources.begin(), sources.end());
      key.insert(key.end(), sources.begin(), sources.end());
    }
    key.push_back(rest);
  }
  return key;
}

// What stands behind the path in "model.w (from the server)".
std::string_view behind_path(std::string_view name) {
  const size_t dot = name.find('.');
  const size_t space = dot == std::string_view::npos ? dot : name.find(' ', dot);
  return space == std::string_view::npos ? "" : name.substr(space);
}

std::string head_of(const ReportItem& item, const std::string& what) {
  return what + ", " + bytes_text(item.bytes) + (item.place.empty() ? "" : ", " + item.place) +
         (item.more.empty() ? "" : ", " + item.more);
}

}  // namespace

std::string bytes_text(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

std::vector<ReportLine> lines_of(const std::vector<ReportItem>& items) {
  std::vector<ReportLine> lines;
  std::vector<bool> done(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    if (done[i]) continue;
    done[i] = true;
    std::string of;
    std::vector<size_t> members;
    bool is_struct = false;
    for (const std::string& candidate : structs_of(items[i].name)) {
      members.clear();
      const std::vector<std::string> key = key_of(items[i], candidate);
      bool same = true;
      for (size_t j = 0; same && j < items.size(); ++j) {
        if (!is_in(items[j].name, candidate)) continue;
        same = key_of(items[j], candidate) == key;
        members.push_back(j);
      }
      // A list is no struct of the program's: two of its values are better seen.
      is_struct = same && members.size() > (candidate.empty() ? 2 : 1);
      if (!is_struct) continue;
      of = candidate;
      break;
    }
    if (!is_struct) {
      lines.push_back({0, head_of(items[i], items[i].name + ": " + items[i].type)});
      for (const std::string& line : items[i].becomes) lines.push_back({1, line});
      continue;
    }
    ReportItem whole = items[i];
    whole.bytes = 0;
    std::string parts;
    for (const size_t member : members) {
      done[member] = true;
      whole.bytes += items[member].bytes;
      parts +=
          (parts.empty() ? "" : ", ") + part_of(items[member].name, of) + ": " + items[member].type;
    }
    const std::string part = part_of(items[i].name, of);
    lines.push_back({0, head_of(whole, of + (of.empty() ? "*: " : ".*: ") +
                                           std::to_string(members.size()) + " values")});
    lines.push_back({1, parts});
    for (const std::string& line : items[i].becomes) lines.push_back({1, with_star(line, part)});
  }
  return lines;
}

std::vector<std::string> collapsed(const std::vector<std::string>& names,
                                   const std::vector<std::string>& all) {
  std::vector<std::string> result;
  std::vector<bool> done(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    if (done[i]) continue;
    std::string entry = names[i];
    for (const std::string& of : structs_of(names[i])) {
      const std::string_view behind = behind_path(names[i]);
      const auto inside = [&](const std::string& name) {
        return is_in(name, of) && behind_path(name) == behind;
      };
      const auto count = std::count_if(all.begin(), all.end(), inside);
      if (of.empty() || count < kLeastCollapsed ||
          std::count_if(names.begin(), names.end(), inside) != count)
        continue;
      entry = "all " + std::to_string(count) + " of " + of + std::string(behind);
      for (size_t j = 0; j < names.size(); ++j)
        if (inside(names[j])) done[j] = true;
      break;
    }
    result.push_back(entry);
  }
  return result;
}

}  // namespace fedc::manifest
