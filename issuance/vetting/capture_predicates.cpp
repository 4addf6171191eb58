// Is what the receiving officer took in complete, and does it fit the form of the card (Luật 26/2023 Đ23; TT 16/2024)?

#include <algorithm>
#include <array>

#include "issuance/vetting/predicate_groups.h"
#include "smartcard/document/validity.h"
#include "smartcard/lds/image_header.h"
#include "smartcard/lds/lds.h"

namespace vetting {

namespace {

constexpr int kRepresentedBelow = 14;       // Luật 26/2023 Đ23
constexpr std::size_t kFingers = 2;         // on a card, unless the application says why not
constexpr std::size_t kSequenceHeader = 2;  // of each text that DG13 wraps once more

std::optional<Broken> form_age_mismatch(const Facts& facts) {
  if (registered_person(facts) == nullptr) return std::nullopt;
  const auto age = registered_age(facts);
  const bool child = !age || *age < document::kPortraitFrom;
  return broken_if(child != (facts.application.form == kChildForm));
}

std::optional<Broken> representative_missing(const Facts& facts) {
  const auto age = registered_age(facts);
  if (!age || *age >= kRepresentedBelow) return std::nullopt;
  const auto& acts = facts.application.representative;
  return broken_if(!acts || acts->number == facts.application.number || !document::CitizenNumber::parse(acts->number));
}

std::optional<Broken> portrait_missing(const Facts& facts) {
  return broken_if(facts.application.portrait.empty() && facts.application.form != kChildForm);
}

// The age itself is FORM_AGE_MISMATCH's question.
std::optional<Broken> portrait_of_child(const Facts& facts) {
  return broken_if(!facts.application.portrait.empty() && facts.application.form == kChildForm);
}

std::optional<Broken> portrait_not_jpeg(const Facts& facts) {
  return broken_if(!facts.application.portrait.empty() && !lds::face_image(facts.application.portrait));
}

std::optional<Broken> portrait_size(const Facts& facts) {
  const auto face = facts.application.portrait.empty() ? std::nullopt : lds::face_image(facts.application.portrait);
  if (!face) return std::nullopt;
  const Limits& limits = facts.rules.limits();
  return broken_if(face->width < limits.portrait_least_width || face->height < limits.portrait_least_height ||
                   face->width > limits.portrait_most_pixels || face->height > limits.portrait_most_pixels ||
                   face->width > face->height ||
                   facts.application.portrait.size() > static_cast<std::size_t>(limits.portrait_most_bytes));
}

std::optional<Broken> fingers_missing(const Facts& facts) {
  return broken_if(facts.application.fingers.size() < kFingers && facts.application.fingers_missing.empty());
}

std::optional<Broken> fingers_not_taken(const Facts& facts) {
  return broken_if(!facts.application.fingers_missing.empty() && facts.application.fingers.size() < kFingers);
}

// ISO/IEC 19794-4:2005 §7.2 knows gray only.
std::optional<Broken> fingers_not_images(const Facts& facts) {
  return broken_if(std::ranges::any_of(facts.application.fingers, [](const Finger& one) {
    const auto header = lds::image_header(one.image);
    return !header || header->components != 1 || !lds::finger_image(one.position, one.image);
  }));
}

std::optional<Broken> fingers_size(const Facts& facts) {
  const Limits& limits = facts.rules.limits();
  return broken_if(std::ranges::any_of(facts.application.fingers, [&](const Finger& one) {
    const auto image = lds::finger_image(one.position, one.image);
    if (!image) return false;
    const auto [least, most] = std::minmax(image->width, image->height);
    return least < limits.finger_least_side || most > limits.finger_most_side ||
           one.image.size() > static_cast<std::size_t>(limits.finger_most_bytes);
  }));
}

std::optional<Broken> fingers_age_mismatch(const Facts& facts) {
  const auto age = registered_age(facts);
  if (!age) return std::nullopt;
  const Application& claim = facts.application;
  if (*age < document::kPortraitFrom) return broken_if(!claim.fingers.empty());
  return broken_if(claim.fingers_missing == document::kUnderSix);
}

// Readers in the field look for 30 LL 02 01 nn with one byte of length and miss a longer field. Father and mother share
// one, each wrapped twice; the spouse is wrapped twice too.
std::optional<Broken> dg13_long_text(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr) return std::nullopt;
  const std::size_t longest = std::max(
      {person->full_name.size(), person->nationality.size(), person->ethnicity.size(), person->religion.size(),
       person->place_of_origin.size(), person->residence.size(), facts.application.marks.size(),
       person->spouse.size() + kSequenceHeader, person->father.size() + person->mother.size() + 3 * kSequenceHeader});
  return broken_if(longest > static_cast<std::size_t>(facts.rules.limits().dg13_longest_text));
}

constexpr std::array kPredicates{NamedPredicate{"FORM_AGE_MISMATCH", form_age_mismatch},
                                 NamedPredicate{"REPRESENTATIVE_MISSING", representative_missing},
                                 NamedPredicate{"PORTRAIT_MISSING", portrait_missing},
                                 NamedPredicate{"PORTRAIT_OF_CHILD", portrait_of_child},
                                 NamedPredicate{"PORTRAIT_NOT_JPEG", portrait_not_jpeg},
                                 NamedPredicate{"PORTRAIT_SIZE", portrait_size},
                                 NamedPredicate{"FINGERS_MISSING", fingers_missing},
                                 NamedPredicate{"FINGERS_NOT_IMAGES", fingers_not_images},
                                 NamedPredicate{"FINGERS_SIZE", fingers_size},
                                 NamedPredicate{"FINGERS_AGE_MISMATCH", fingers_age_mismatch},
                                 NamedPredicate{"FINGERS_NOT_TAKEN", fingers_not_taken},
                                 NamedPredicate{"DG13_LONG_TEXT", dg13_long_text}};

}  // namespace

std::span<const NamedPredicate> capture_predicates() {
  return kPredicates;
}

}  // namespace vetting
