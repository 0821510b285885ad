// Words of commands that are shown to be pasted. Pure.
#pragma once

#include <string>
#include <vector>

namespace eventreactor::cli {

// `word` as a shell reads it back: bare where nothing in it is special.
std::string ShellQuote(const std::string& word);

// A whole command line.
std::string ShellLine(const std::vector<std::string>& words);

}  // namespace eventreactor::cli
