#pragma once
// Names as they are searched and compared: words without case, diacritics and punctuation. Judgement never uses this
// form.

#include <string>
#include <string_view>
#include <vector>

namespace registry {

// "H' Hen  Niê" -> "h hen nie"; never empty ("-" when nothing is left).
std::string folded_name(std::string_view name);

// Whether a search for it has a word: UTF-8 with a letter or digit in it.
bool is_searchable(std::string_view name);

std::vector<std::string> words_of(std::string_view folded);
// The same words, each as often, in any order.
bool same_words(std::string_view folded, std::string_view other);
// One insertion, deletion, replacement or exchange of two neighbours makes one of the other; equal ones are not apart.
bool one_edit_apart(std::string_view folded, std::string_view other);

}  // namespace registry
