// The log files of a stack's processes: appended to by the processes
// themselves, kept within bounds by the supervisor.
#pragma once

#include <cstdint>
#include <string>

namespace eventreactor::stack {

// Moves what is in a file of more than `max_bytes` to FILE.1, replacing that.
// The file is copied and emptied, as its writer has it open; the writer must
// append. Lines written between the two are lost; at most a few.
void RotateLog(const std::string& path, int64_t max_bytes);

// 0 if there is none.
int64_t FileSize(const std::string& path);

// The last `lines` lines from byte `from` on, at most 16 KiB.
std::string Tail(const std::string& path, int lines, int64_t from = 0);

}  // namespace eventreactor::stack
