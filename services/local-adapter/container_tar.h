// Writes the tar archives that put files into a container before it starts:
// ustar, with a pax record where a name is longer than ustar holds. Pure.
//
// Our own and not libarchive: two kinds of entries and one direction are some
// sixty lines, against a library that reads every archive format there is.
#pragma once

#include <string>
#include <vector>

namespace eventreactor::local {

struct TarEntry {
  // Relative, with "/" between the parts; a directory ends with one.
  std::string name;
  std::string data{};
  int mode = 0644;
};

// Entries in order, owned by root, dated 1970.
std::string WriteTar(const std::vector<TarEntry>& entries);

}  // namespace eventreactor::local
