#pragma once
// The operations of the register's service (docs/api/registry.yaml), each a function from an admitted request to its
// answer. Whoever calls them has checked who asks; they check what may be asked (scopes.h), keep the look in the book
// of accesses, and only then read.

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "issuance/registry/access_book.h"
#include "issuance/registry/clients.h"
#include "issuance/registry/scopes.h"
#include "issuance/registry/store.h"
#include "pki/base/net/http.h"
#include "pki/evidence/log.h"

namespace registry {

// What an operation works with. The store is this thread's alone.
struct Desk {
  Store& store;
  AccessBook& book;
  const Scopes& scopes;
  evidence::Log& log;
  const keystore::SigningKey& key;
  const base::Clock& clock;
  base::Random& random;
  std::filesystem::path officers;  // the file of those who may confirm (docs/formats/attestation.md)
};

// One admitted request. names: the segments that stand where the pattern has {…}, in order.
struct Asked {
  const net::HttpRequest& request;
  const Client& client;
  std::vector<std::string_view> names;
};

// May throw Refused (routes_fields.h) and base::Error.
using Route = net::HttpResponse (*)(Desk&, const Asked&);

struct Operation {
  std::string_view id;       // "readPerson": operationId of the API's description
  std::string_view method;   // "GET"
  std::string_view pattern;  // "/v1/persons/{number}"
  Route route;               // none: the constant answer of health()
};
std::span<const Operation> operations();

// Which operation, and the segments for its names; or nullptr and, if the path is known, the methods it knows.
struct Found {
  const Operation* operation = nullptr;
  std::vector<std::string_view> names;
  std::string allowed;  // "GET, POST"; empty: no such path
};
Found find_operation(const net::HttpRequest& request);

// ---- the operations
// --------------------------------------------------------------------------------------------------

net::HttpResponse health();
net::HttpResponse find_persons(Desk& desk, const Asked& asked);
net::HttpResponse read_person(Desk& desk, const Asked& asked);
net::HttpResponse match_person(Desk& desk, const Asked& asked);
net::HttpResponse verify_person(Desk& desk, const Asked& asked);
net::HttpResponse read_identities(Desk& desk, const Asked& asked);
net::HttpResponse read_status(Desk& desk, const Asked& asked);
net::HttpResponse read_history(Desk& desk, const Asked& asked);
net::HttpResponse read_accesses(Desk& desk, const Asked& asked);
net::HttpResponse give_signed_answer(Desk& desk, const Asked& asked);
net::HttpResponse open_case(Desk& desk, const Asked& asked);
net::HttpResponse close_case(Desk& desk, const Asked& asked);
net::HttpResponse record_card(Desk& desk, const Asked& asked);
net::HttpResponse set_card_status(Desk& desk, const Asked& asked);
net::HttpResponse record_approvals(Desk& desk, const Asked& asked);
net::HttpResponse request_correction(Desk& desk, const Asked& asked);
net::HttpResponse add_attestation(Desk& desk, const Asked& asked);

}  // namespace registry
