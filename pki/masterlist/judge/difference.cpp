#include "pki/masterlist/judge/difference.h"

#include <algorithm>
#include <set>

namespace masterlist::judge {

namespace {

// The certificates of one list that the other has not, and how many cannot be read.
std::vector<EntryFields> only_in(const MasterList& list, const MasterList& other, std::size_t& unreadable) {
  std::set<base::Bytes> others;
  for (const Entry& entry : other.entries) others.insert({entry.der.begin(), entry.der.end()});
  std::vector<EntryFields> out;
  for (const Entry& entry : list.entries) {
    if (others.contains({entry.der.begin(), entry.der.end()})) continue;
    if (entry.certificate) {
      out.push_back(fields_of(entry));
    } else {
      ++unreadable;
    }
  }
  return out;
}

bool agree(const EntryFields& a, const EntryFields& b, std::initializer_list<const char*> names) {
  return std::ranges::all_of(names, [&](const char* name) { return a.fields.at(name) == b.fields.at(name); });
}

std::vector<std::string> changed_fields(const EntryFields& before, const EntryFields& after) {
  std::set<std::string> names;
  for (const auto& [name, value] : before.fields) names.insert(name);
  for (const auto& [name, value] : after.fields) names.insert(name);
  names.erase("sha256");  // of the whole: always another one
  std::vector<std::string> changed;
  for (const std::string& name : names) {
    const auto was = before.fields.find(name), is = after.fields.find(name);
    const bool same = was != before.fields.end() && is != after.fields.end() && was->second == is->second;
    if (!same) changed.push_back(name);
  }
  return changed;
}

// Takes those pairs out of both lists in which the fields named agree.
void pair_up(Difference& difference, std::initializer_list<const char*> names) {
  std::erase_if(difference.went, [&](const EntryFields& before) {
    const auto after =
        std::ranges::find_if(difference.came, [&](const EntryFields& one) { return agree(before, one, names); });
    if (after == difference.came.end()) return false;
    std::vector<std::string> changed = changed_fields(before, *after);
    difference.replaced.push_back({before, std::move(*after), std::move(changed)});
    difference.came.erase(after);
    return true;
  });
}

}  // namespace

Difference difference(const MasterList& before, const MasterList& after) {
  Difference out;
  out.went = only_in(before, after, out.unreadable);
  out.came = only_in(after, before, out.unreadable);
  std::set<base::Bytes> kept, earlier;
  for (const Entry& entry : before.entries) earlier.insert({entry.der.begin(), entry.der.end()});
  for (const Entry& entry : after.entries) {
    base::Bytes der{entry.der.begin(), entry.der.end()};
    if (earlier.contains(der)) kept.insert(std::move(der));
  }
  out.same = kept.size();
  // The same number under the same CSCA is the same certificate by name; the same key in a root or a link is the same
  // CSCA certified once more.
  pair_up(out, {"issuer", "serial"});
  pair_up(out, {"issuer", "subject", "public_key_sha256"});
  return out;
}

}  // namespace masterlist::judge
