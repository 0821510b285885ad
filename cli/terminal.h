// Who is reading: a person at a terminal, or a program. stdout is data,
// stderr is talk.
#pragma once

#include <string>

namespace eventreactor::cli {

// Whether stdout is a terminal: people get headers, aligned columns and
// colour; programs get tab-separated values.
bool PeopleRead();

// Colour on that terminal: not with NO_COLOR set, nor on a dumb terminal.
bool ColourWanted();

enum class Colour { kNone, kGreen, kRed, kYellow };
// `text` in that colour, if colour is wanted.
std::string Paint(const std::string& text, Colour colour);

// One line on stderr.
void Talk(const std::string& line);

// On stdout, at once. False if nobody reads it any more.
bool Print(const std::string& text);

// Text from elsewhere made safe to show: control characters, with which it
// could rewrite the screen or break a column, become U+FFFD; so do bytes that
// are not UTF-8.
std::string Printable(const std::string& text);
// The same of several lines, which stay so; tabs too.
std::string PrintableLines(const std::string& text);

}  // namespace eventreactor::cli
