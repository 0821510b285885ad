// UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF)
// in text that comes from anywhere. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eventreactor {

inline constexpr char32_t kNoCodePoint = 0xFFFFFFFF;

// Takes the first code point off `text`, which is not empty; kNoCodePoint and
// nothing taken if it is not UTF-8.
char32_t TakeCodePoint(std::string_view& text);

// The first byte of `text` that is no part of valid UTF-8; npos if all is.
size_t FindInvalidUtf8(std::string_view text);

// `text` with each invalid byte as '?'; where that has more than `max_bytes`,
// cut after a whole character and ended with "...", all within the bound.
std::string ValidUtf8(std::string_view text, size_t max_bytes);

}  // namespace eventreactor
