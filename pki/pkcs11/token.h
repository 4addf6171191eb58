#pragma once
// A token as a resource: its module, one login for the whole process, and sessions that wait to be used again. PKCS #11
// is a C interface, and files that call through functions() speak C there. Whoever opens a token or asks it something
// does so in_time() (time_limit.h); what stands here may block for as long as the token likes.

#include <p11-kit/pkcs11.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/base/core/secret.h"
#include "pki/pkcs11/address.h"

namespace pkcs11 {

using Functions = CK_FUNCTION_LIST;
using Session = CK_SESSION_HANDLE;

std::string_view return_value_name(CK_RV value);  // "CKR_PIN_INCORRECT"; "an unknown return value" when it has no name
// Error{AskOperator} that names the call and what the token answered.
[[noreturn]] void token_failed(std::string_view doing, CK_RV value);
void check(CK_RV value, std::string_view doing);

// Loaded and initialized once, and kept until the process ends. Empty: every module that p11-kit knows.
// Error{FixConfiguration} when there is none.
const Functions& functions_of(const std::string& module);
// The slot of the token of this label. Error{AskOperator} when there is none, FixConfiguration when there are two.
CK_SLOT_ID slot_of(const Functions& functions, const std::string& label);

// CKU_USER or CKU_SO. false: the PIN was refused and one try is spent. Error{AskOperator}, before any is spent, when
// the token says that few are left.
bool log_in(const Functions& functions, CK_SLOT_ID slot, Session session, CK_USER_TYPE who, const base::Secret& pin);

// The session, the login or the token itself is gone: worth one new connection. Everything else is not.
bool connection_lost(CK_RV value);

class Token {
 public:
  // The token of this label, logged in. One object a token in the process, shared by its keys; it logs out when the
  // last of them is gone. Error{FixConfiguration} when the PIN is wrong or the module is none, Error{AskOperator} when
  // the token is not there or says that few tries are left (CKF_USER_PIN_COUNT_LOW, _FINAL_TRY, _LOCKED): then no PIN
  // is sent. A PIN that was refused once is never sent again.
  static std::shared_ptr<Token> open(const Address& address, const base::Secret& pin);
  ~Token();
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  const Functions& functions() const { return functions_; }
  CK_SLOT_ID slot() const { return slot_; }
  const Address& address() const { return address_; }

  // A session out of the pool. It goes back when the object ends, unless it was given up.
  class Lease {
   public:
    explicit Lease(Token& token);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session session() const { return session_; }
    unsigned connection() const { return connection_; }  // object handles are good for one connection
    void give_up() { good_ = false; }

   private:
    Token& token_;
    Session session_ = 0;
    unsigned connection_ = 0;
    bool good_ = true;
  };

  // act(session). When the token fails in it, it is found again and act runs once more: for what may be asked twice.
  template <class Act>
  auto insist(Act act) {
    unsigned seen = connection();
    try {
      return in_session(act, seen);
    } catch (const base::Error& error) {
      if (error.fault() != base::Fault::AskOperator) throw;
    }
    reconnect(seen);
    return in_session(act, seen);
  }

  unsigned connection() const { return connection_.load(); }
  // Finds the token again, by its label, and logs in; no-op when somebody did since `seen`. Throws as open().
  void reconnect(unsigned seen);

 private:
  Token(Address address, const Functions& functions, base::Secret pin);
  template <class Act>
  auto in_session(Act& act, unsigned& seen) {
    Lease lease(*this);
    seen = lease.connection();
    try {
      return act(lease.session());
    } catch (const base::Error& error) {
      if (error.fault() == base::Fault::AskOperator) lease.give_up();
      throw;
    }
  }
  Session open_session();
  void keep_login();
  void connect();
  void login(Session session);

  const Address address_;
  const Functions& functions_;
  const base::Secret pin_;
  bool pin_refused_ = false;
  CK_SLOT_ID slot_ = 0;
  std::atomic<unsigned> connection_{0};
  std::mutex mutex_;       // of what stands below
  std::mutex connecting_;  // one reconnects, the others wait
  std::vector<Session> idle_;
};

// --- objects ---

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size);
// The one object of this class and label; nullopt: none. Two of one label are Error{FixConfiguration}.
std::optional<CK_OBJECT_HANDLE> find_object(const Functions& functions, Session session, CK_OBJECT_CLASS type,
                                            const std::string& label);
std::vector<CK_OBJECT_HANDLE> find_objects(const Functions& functions, Session session, CK_OBJECT_CLASS type);
// All of this class and label: for what is written anew before the old one goes.
std::vector<CK_OBJECT_HANDLE> find_objects(const Functions& functions, Session session, CK_OBJECT_CLASS type,
                                           const std::string& label);
// Error{FixConfiguration} when a key of this class stands under this label.
void refuse_if_taken(const Functions& functions, Session session, CK_OBJECT_CLASS type, const std::string& label,
                     std::string_view doing);
base::Bytes read_attribute(const Functions& functions, Session session, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type);

}  // namespace pkcs11
