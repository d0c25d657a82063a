#include "runtime/program/spec_files.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "runtime/data/excerpt.h"

namespace fedrt {
namespace {

struct Format {
  SpecFiles::Format format;
  std::string_view prefix;
  const char* key;      // of its file, or the first of them
  const char* more;     // what has to stand behind that file
  const char* subject;  // with a verb
};

constexpr Format kFormats[] = {
    {SpecFiles::Format::kIdx, "idx:", "images", ",labels=PATH", "IDX files fill"},
    {SpecFiles::Format::kJsonLines, "jsonl:", "records", "", "lines of JSON fill"},
    {SpecFiles::Format::kNpz, "npz:", "records", "", "arrays of records fill"}};

const Format* format_of(std::string_view spec) {
  for (const Format& format : kFormats)
    if (spec.starts_with(format.prefix)) return &format;
  return nullptr;
}

const Format& format(SpecFiles::Format which) {
  return *std::find_if(std::begin(kFormats), std::end(kFormats),
                       [&](const Format& format) { return format.format == which; });
}

// What files of a name that ends so are; null where a name says nothing.
const Format* format_by_name(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".npz")) return &format(SpecFiles::Format::kNpz);
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson"))
    return &format(SpecFiles::Format::kJsonLines);
  if (path.ends_with("ubyte") || path.ends_with(".idx")) return &format(SpecFiles::Format::kIdx);
  return nullptr;
}

std::string with_format(const Format& format, const std::string& path, const std::string& flag) {
  return absl::StrCat(flag, "=", std::string(format.prefix), format.key, "=", path, format.more);
}

absl::Status check_file(const std::string& flag, const std::string& path) {
  if (path.empty() || access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(flag, ": ", path, ": cannot be read: ", std::strerror(errno)));
}

absl::Status wrong(const std::string& flag, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", what));
}

// The SPEC is neither JSON nor of a format: a file's name, most likely.
absl::Status check_word(const std::string& spec, const std::string& flag) {
  const std::string form = flag_for_file(spec, flag);
  const std::string no_json = absl::StrCat("`", excerpt(spec, kMostQuotedWord), "` is no JSON; ");
  if (format_by_name(spec) != nullptr)
    return wrong(flag, absl::StrCat(no_json, "a data set has its format in front: ", form));
  for (const std::string_view table : {".csv", ".tsv", ".parquet", ".npy"})
    if (spec.ends_with(table))
      return wrong(flag, absl::StrCat(no_json,
                                      "such files are not read: write a JSON object a "
                                      "line (jsonl:records=FILE), or the arrays of "
                                      "numpy.savez (npz:records=FILE)"));
  if (spec.ends_with(".json") || access(spec.c_str(), F_OK) == 0)
    return wrong(flag, absl::StrCat(no_json, "a file is named with @: ", form));
  const size_t colon = spec.find(':');
  if (colon != 0 && colon != std::string::npos &&
      std::all_of(spec.begin(), spec.begin() + static_cast<ptrdiff_t>(colon),
                  [](unsigned char c) { return std::isalnum(c); }))
    return wrong(flag, absl::StrCat("there is no format `", excerpt(spec.substr(0, colon)),
                                    "`; a SPEC is JSON, @FILE with JSON, or a data set: "
                                    "idx:images=PATH,labels=PATH, jsonl:records=PATH or "
                                    "npz:records=PATH"));
  return absl::OkStatus();
}

}  // namespace

const char* SpecFiles::subject() const { return fedrt::format(format).subject; }

std::string flag_for_file(const std::string& path, const std::string& flag) {
  const Format* format = format_by_name(path);
  if (format == nullptr) return absl::StrCat(flag, "=@", path);
  return with_format(*format, absl::StrReplaceAll(path, {{",", "\\,"}}), flag);
}

absl::StatusOr<std::optional<SpecFiles>> parse_spec_files(const std::string& spec,
                                                          const std::string& flag,
                                                          std::optional<uint64_t> default_shuffle) {
  const Format* format = format_of(spec);
  if (format == nullptr) return std::nullopt;
  const std::string text = spec.substr(format->prefix.size());
  const std::string first = text.substr(0, text.find(','));
  // The file's key is easily forgotten.
  if (!first.empty() && first.find('=') == std::string::npos)
    return wrong(flag, absl::StrCat("expected KEY=VALUE, found `", excerpt(first, kMostQuotedWord),
                                    "`; write ", with_format(*format, first, flag)));
  SpecFiles files;
  files.format = format->format;
  absl::Status status;
  if (files.format == SpecFiles::Format::kIdx) {
    absl::StatusOr<IdxSpec> parsed = parse_idx_spec(text, default_shuffle);
    status = parsed.status();
    if (parsed.ok()) files.idx = *std::move(parsed);
  } else {
    absl::StatusOr<RecordFileSpec> parsed = parse_record_file_spec(text, default_shuffle);
    status = parsed.status();
    if (parsed.ok()) files.records = *std::move(parsed);
  }
  if (!status.ok()) return wrong(flag, std::string(status.message()));
  return files;
}

absl::StatusOr<std::shared_ptr<const SequenceSource>> open_spec_files(
    const SpecFiles& files, const LeafType& element, std::optional<uint64_t> clients,
    const std::string& flag) {
  absl::StatusOr<std::shared_ptr<const SequenceSource>> source;
  switch (files.format) {
    case SpecFiles::Format::kIdx:
      source = make_idx_source(files.idx, element, clients);
      break;
    case SpecFiles::Format::kJsonLines:
      source = make_json_lines_source(files.records, element, clients);
      break;
    case SpecFiles::Format::kNpz:
      source = make_npz_source(files.records, element, clients);
      break;
  }
  if (!source.ok()) return wrong(flag, std::string(source.status().message()));
  return source;
}

absl::Status check_spec(const std::string& spec, const std::string& flag) {
  if (spec.empty()) return absl::OkStatus();
  if (spec[0] == '@') {
    const std::string path = spec.substr(1);
    if (absl::Status status = check_file(flag, path); !status.ok()) return status;
    // Lines of JSON may be one line, and so JSON.
    const Format* format = format_by_name(path);
    if (format == nullptr || format->format == SpecFiles::Format::kJsonLines)
      return absl::OkStatus();
    return wrong(flag, absl::StrCat(path, " is no JSON; a data set has its format in front: ",
                                    flag_for_file(path, flag)));
  }
  const absl::StatusOr<std::optional<SpecFiles>> files = parse_spec_files(spec, flag, std::nullopt);
  if (!files.ok()) return files.status();
  if (*files) {
    for (const std::string& path :
         {(*files)->idx.images, (*files)->idx.labels, (*files)->records.path})
      if (absl::Status status = check_file(flag, path); !status.ok()) return status;
    return absl::OkStatus();
  }
  if (std::string_view("{[\" \t\n").find(spec[0]) != std::string_view::npos)
    return absl::OkStatus();
  return check_word(spec, flag);
}

}  // namespace fedrt
