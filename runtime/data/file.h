// Whole files as text.
#ifndef RUNTIME_DATA_FILE_H_
#define RUNTIME_DATA_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fedrt {

// The most that read_file reads: a device that never ends, or a mistaken path, is no data.
inline constexpr size_t kMostFileBytes = size_t{1} << 30;

// The bytes of a file. Fails with "PATH: cannot be read: WHY", at a folder, too, and with "PATH: is
// longer than ...", where it has more than `most`. A file that does not begin with `begins` is not
// read on: its first bytes show that. A pipe gives its bytes once: whoever reads it again gets the
// same.
absl::StatusOr<std::string> read_file(const std::string& path, size_t most = kMostFileBytes,
                                      std::string_view begins = "");

// Writes a file whole or not at all: next to it, under a name of its own, and then renamed.
// `mode` is its mode before the process's mask: 0777 for a program. Fails with "PATH: cannot be
// written: WHY", and then leaves a file that is there as it is, and no new one. A symbolic link
// stays: what it leads to is written, and made where there is nothing yet. A character device is
// written to, whatever is no file else is refused.
absl::Status write_file(const std::string& path, std::string_view bytes, int mode = 0666);
// The same of parts, one after the other. `lasting`: they, and the name, are on the disk before it
// returns, so that a loss of power leaves the file of before or this one.
absl::Status write_file(const std::string& path, const std::vector<std::string_view>& parts,
                        int mode = 0666, bool lasting = false);

// Where symbolic links at the end of `path` lead, which need not be there; `path` itself where it
// is none, or where they lead in a circle.
std::string behind_links(const std::string& path);

// Prints `text` to standard output, with what was printed before it, and sees to it that it
// arrives. Fails with "standard output cannot be written: WHY".
absl::Status write_standard_output(std::string_view text);

// A hash to tell files apart that nobody forges, FNV-1a of 64 bits (G. Fowler, L. C. Noll, K.-P.
// Vo): of `bytes` after those that gave `so_far`.
inline constexpr uint64_t kNoBytesHash = 0xcbf29ce484222325;
uint64_t hash_bytes(std::string_view bytes, uint64_t so_far);

// Whether write_file can write `path`; fails as it does.
absl::Status check_writable(const std::string& path);

}  // namespace fedrt

#endif  // RUNTIME_DATA_FILE_H_
