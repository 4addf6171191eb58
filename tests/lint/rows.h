#pragma once
// One row a rule: the object, what stands beside it, and the one field that makes exactly this rule fire.

#include <functional>
#include <vector>

#include "tests/lint/objects.h"

namespace test {

struct Row {
  const char* rule;
  lint::Kind kind;
  std::function<void(World&)> change;
  std::function<void(World&)> beside = [](World&) {};  // for both: the sample and its twin
};

std::vector<Row> body_rows();
std::vector<Row> extension_rows();
std::vector<Row> lifetime_rows();
std::vector<Row> crl_rows();
std::vector<Row> signed_data_rows();
std::vector<Row> list_rows();

}  // namespace test
