#include "services/local-adapter/container_tar.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace eventreactor::local {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kNameField = 100;

// One header block, as POSIX.1-1988 lays it out.
struct Header {
  char name[kNameField];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char owner[32];
  char group[32];
  char device[16];
  char prefix[155];
  char padding[12];
};
static_assert(sizeof(Header) == kBlock);

void AppendHeader(const std::string& name, char type, int mode, uint64_t size, std::string& out) {
  Header header;
  std::memset(&header, 0, sizeof(header));
  std::memcpy(header.name, name.data(), std::min(name.size(), sizeof(header.name)));
  std::snprintf(header.mode, sizeof(header.mode), "%07o", static_cast<unsigned>(mode) & 07777U);
  std::snprintf(header.uid, sizeof(header.uid), "%07o", 0U);
  std::snprintf(header.gid, sizeof(header.gid), "%07o", 0U);
  std::snprintf(header.size, sizeof(header.size), "%011llo", static_cast<unsigned long long>(size));
  std::snprintf(header.mtime, sizeof(header.mtime), "%011o", 0U);
  header.type = type;
  std::memcpy(header.magic, "ustar", sizeof(header.magic));
  std::memcpy(header.version, "00", sizeof(header.version));
  // The sum is taken over the header with spaces in its own place.
  std::memset(header.checksum, ' ', sizeof(header.checksum));
  std::array<unsigned char, kBlock> bytes;
  std::memcpy(bytes.data(), &header, kBlock);
  unsigned sum = 0;
  for (const unsigned char byte : bytes) sum += byte;
  std::snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
  header.checksum[7] = ' ';
  out.append(reinterpret_cast<const char*>(&header), kBlock);
}

void AppendData(const std::string& data, std::string& out) {
  out += data;
  out.append((kBlock - data.size() % kBlock) % kBlock, '\0');
}

// "<length> path=<name>\n", where the length counts itself.
std::string PaxPath(const std::string& name) {
  const std::string rest = " path=" + name + "\n";
  size_t length = rest.size();
  while (std::to_string(length).size() + rest.size() != length) {
    length = std::to_string(length).size() + rest.size();
  }
  return std::to_string(length) + rest;
}

}  // namespace

std::string WriteTar(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const TarEntry& entry : entries) {
    if (entry.name.size() > kNameField) {
      const std::string record = PaxPath(entry.name);
      AppendHeader("pax", 'x', 0644, record.size(), out);
      AppendData(record, out);
    }
    const bool directory = !entry.name.empty() && entry.name.back() == '/';
    AppendHeader(entry.name, directory ? '5' : '0', entry.mode, directory ? 0 : entry.data.size(),
                 out);
    if (!directory) AppendData(entry.data, out);
  }
  out.append(2 * kBlock, '\0');
  return out;
}

}  // namespace eventreactor::local
