// Data sets in files, as a SPEC on the command line names them: "idx:..." (runtime/data/idx.h),
// "jsonl:..." and "npz:..." (runtime/data/record_files.h).
#ifndef RUNTIME_PROGRAM_SPEC_FILES_H_
#define RUNTIME_PROGRAM_SPEC_FILES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/idx.h"
#include "runtime/data/record_files.h"

namespace fedrt {

struct SpecFiles {
  enum class Format { kIdx, kJsonLines, kNpz };
  Format format = Format::kIdx;
  IdxSpec idx;             // of kIdx
  RecordFileSpec records;  // of the others

  const Dealing& dealing() const { return format == Format::kIdx ? idx.dealing : records.dealing; }
  // "IDX files fill": with a verb, for messages.
  const char* subject() const;
};

// The files that a SPEC names; nothing where it is JSON or @FILE, or empty. Without a `shuffle` in
// it the seed is `default_shuffle`. Errors begin with `flag`, "--data", and show what to write.
absl::StatusOr<std::optional<SpecFiles>> parse_spec_files(const std::string& spec,
                                                          const std::string& flag,
                                                          std::optional<uint64_t> default_shuffle);

// The sequences of what the files hold, for so many clients, or as many as the partition makes.
absl::StatusOr<std::shared_ptr<const SequenceSource>> open_spec_files(
    const SpecFiles& files, const LeafType& element, std::optional<uint64_t> clients,
    const std::string& flag);

// What is wrong with a SPEC as far as that shows without the program: a key that is none, a file
// that cannot be read, a file's name where its format is missing.
absl::Status check_spec(const std::string& spec, const std::string& flag);

// The flag with the file as its value, in the form that the file's name suggests:
// "--data=npz:records=train.npz", "--data=@train.json".
std::string flag_for_file(const std::string& path, const std::string& flag);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_SPEC_FILES_H_
