#include "libs/manifest/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/strings/ascii.h"

namespace eventreactor::manifest {
namespace {

// The distance's cost is quadratic; no field's name is longer.
constexpr size_t kMaxWord = 64;

char Lower(char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); }

}  // namespace

int EditDistance(const std::string& a, const std::string& b) {
  // row[j]: the distance between the first i letters of a and j of b.
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int substituted = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

std::string Closest(const std::string& word, const std::vector<std::string>& known) {
  if (word.size() > kMaxWord) return "";
  int best = std::max(2, static_cast<int>(word.size()) / 3) + 1;
  std::string closest;
  for (const std::string& candidate : known) {
    const int distance = EditDistance(word, candidate);
    // "ab" is two edits away from every word of two letters.
    if (distance < best && distance < static_cast<int>(candidate.size())) {
      best = distance;
      closest = candidate;
    }
  }
  return closest;
}

}  // namespace eventreactor::manifest
