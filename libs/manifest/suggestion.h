// "Did you mean": the known word that a mistyped one is close to.
#pragma once

#include <string>
#include <vector>

namespace eventreactor::manifest {

// The number of single-character insertions, deletions and substitutions
// between two words, letters compared without case.
int EditDistance(const std::string& a, const std::string& b);

// The closest of `known`; empty if none is within two edits, or a third of
// the word's length.
std::string Closest(const std::string& word, const std::vector<std::string>& known);

}  // namespace eventreactor::manifest
