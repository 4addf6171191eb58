#include "pki/pkcs11/token.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <map>

#include "pki/pkcs11/time_limit.h"

namespace pkcs11 {

namespace {

constexpr std::string_view kOpening = "opening the token";
constexpr const char* kEveryModule = "libp11-kit.so.0";  // p11-kit's proxy: every module the system knows

struct Name {
  CK_RV value;
  std::string_view name;
};

constexpr std::array kNames{Name{CKR_HOST_MEMORY, "CKR_HOST_MEMORY"},
                            Name{CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
                            Name{CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
                            Name{CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
                            Name{CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
                            Name{CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY"},
                            Name{CKR_ATTRIBUTE_SENSITIVE, "CKR_ATTRIBUTE_SENSITIVE"},
                            Name{CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID"},
                            Name{CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
                            Name{CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
                            Name{CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
                            Name{CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
                            Name{CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
                            Name{CKR_KEY_UNEXTRACTABLE, "CKR_KEY_UNEXTRACTABLE"},
                            Name{CKR_KEY_NOT_WRAPPABLE, "CKR_KEY_NOT_WRAPPABLE"},
                            Name{CKR_WRAPPED_KEY_INVALID, "CKR_WRAPPED_KEY_INVALID"},
                            Name{CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT"},
                            Name{CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN"},
                            Name{CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
                            Name{CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID"},
                            Name{CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE"},
                            Name{CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED"},
                            Name{CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
                            Name{CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
                            Name{CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED"},
                            Name{CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
                            Name{CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
                            Name{CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
                            Name{CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED"},
                            Name{CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
                            Name{CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED"}};

[[noreturn]] void misconfigured(std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(kOpening), std::string(seen));
}

// Labels are filled up with blanks to 32 octets and end without a zero.
bool has_label(const CK_TOKEN_INFO& info, std::string_view label) {
  std::string_view field(reinterpret_cast<const char*>(info.label), sizeof info.label);
  field = field.substr(0, field.find_last_not_of(' ') + 1);
  return field == label;
}

std::vector<CK_SLOT_ID> slots_with_tokens(const Functions& functions) {
  CK_ULONG count = 0;
  check(functions.C_GetSlotList(CK_TRUE, nullptr, &count), "looking for the token");
  std::vector<CK_SLOT_ID> slots(count);
  check(functions.C_GetSlotList(CK_TRUE, slots.data(), &count), "looking for the token");
  slots.resize(std::min<std::size_t>(count, slots.size()));
  return slots;
}

}  // namespace

std::string_view return_value_name(CK_RV value) {
  for (const Name& one : kNames) {
    if (one.value == value) return one.name;
  }
  return "an unknown return value";
}

void token_failed(std::string_view doing, CK_RV value) {
  throw base::Error(
      base::Fault::AskOperator, std::string(doing),
      fmt::format("the token answered {} (0x{:X}); look at the token, then repeat", return_value_name(value), value));
}

void check(CK_RV value, std::string_view doing) {
  if (value != CKR_OK) token_failed(doing, value);
}

bool connection_lost(CK_RV value) {
  switch (value) {
    case CKR_DEVICE_ERROR:
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SLOT_ID_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
      return true;
    default:
      return false;
  }
}

const Functions& functions_of(const std::string& file) {
  static std::mutex mutex;
  static std::map<std::string, const Functions*> loaded;
  const std::lock_guard lock(mutex);
  if (const auto found = loaded.find(file); found != loaded.end()) return *found->second;
  const char* const name = file.empty() ? kEveryModule : file.c_str();
  void* const library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) misconfigured(fmt::format("{}: cannot be loaded; name the token's PKCS #11 module", name));
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  if (get_list == nullptr) misconfigured(fmt::format("{}: is no PKCS #11 module", name));
  Functions* functions = nullptr;
  check(get_list(&functions), "asking the PKCS #11 module for its functions");
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV started = functions->C_Initialize(&arguments);
  if (started != CKR_CRYPTOKI_ALREADY_INITIALIZED) check(started, "starting the PKCS #11 module");
  loaded.emplace(file, functions);
  return *functions;
}

CK_SLOT_ID slot_of(const Functions& functions, const std::string& label) {
  std::optional<CK_SLOT_ID> found;
  for (const CK_SLOT_ID slot : slots_with_tokens(functions)) {
    CK_TOKEN_INFO info{};
    if (functions.C_GetTokenInfo(slot, &info) != CKR_OK || !has_label(info, label)) continue;
    if (found) misconfigured(fmt::format("two tokens are called '{}'; take one out", label));
    found = slot;
  }
  if (found) return *found;
  throw base::Error(base::Fault::AskOperator, std::string(kOpening),
                    fmt::format("no token is called '{}'; put it in, or correct the address", label));
}

bool log_in(const Functions& functions, CK_SLOT_ID slot, Session session, CK_USER_TYPE who, const base::Secret& pin) {
  const bool officer = who == CKU_SO;
  CK_TOKEN_INFO info{};
  check(functions.C_GetTokenInfo(slot, &info), kOpening);
  if ((info.flags & (officer ? CKF_SO_PIN_LOCKED : CKF_USER_PIN_LOCKED)) != 0) {
    throw base::Error(base::Fault::AskOperator, std::string(kOpening),
                      officer ? "the security officer's PIN is locked; the token has to be made anew"
                              : "the user PIN is locked; the token's security officer sets a new one");
  }
  const CK_FLAGS few =
      officer ? CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY : CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY;
  if ((info.flags & few) != 0) {
    throw base::Error(base::Fault::AskOperator, std::string(kOpening),
                      "a wrong PIN was entered before and few tries are left: none is spent here. Log in once with the "
                      "token's own tool and the right PIN, which gives the tries back");
  }
  const base::ByteView octets = pin.reveal();
  const CK_RV answer =
      functions.C_Login(session, who, const_cast<CK_UTF8CHAR*>(octets.data()), static_cast<CK_ULONG>(octets.size()));
  if (answer == CKR_PIN_INCORRECT || answer == CKR_PIN_LEN_RANGE || answer == CKR_PIN_INVALID) return false;
  if (answer != CKR_USER_ALREADY_LOGGED_IN) check(answer, kOpening);
  return true;
}

// --- the token ----------------------------------------------------------------------------------------------------

std::shared_ptr<Token> Token::open(const Address& address, const base::Secret& pin) {
  struct Entry {
    std::mutex opening;  // one opens it, the others wait; a token that hangs keeps nobody from another one
    std::weak_ptr<Token> token;
  };
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, Entry> open_tokens;
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex);
    entry = &open_tokens[{address.module, address.token}];
  }
  const std::lock_guard lock(entry->opening);
  if (auto there = entry->token.lock()) {
    // The token would take any PIN now, since the process is logged in.
    if (!base::equal_in_constant_time(there->pin_.reveal(), pin.reveal())) {
      misconfigured("the PIN is not the one with which this token was opened before");
    }
    return there;
  }
  std::shared_ptr<Token> made(new Token(address, functions_of(address.module), base::Secret::copy_of(pin.reveal())));
  made->connect();
  entry->token = made;
  return made;
}

Token::Token(Address address, const Functions& functions, base::Secret pin)
    : address_(std::move(address)), functions_(functions), pin_(std::move(pin)) {}

Token::~Token() {
  if (idle_.empty()) return;
  try {
    in_time(address_.token, "closing the token", kAnswerTime, [sessions = std::move(idle_), functions = &functions_] {
      functions->C_Logout(sessions.front());
      for (const Session session : sessions) functions->C_CloseSession(session);
    });
  } catch (const base::Error&) {
    // It hangs; its sessions end with the process.
  }
}

Session Token::open_session() {
  Session session = 0;
  check(functions_.C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), kOpening);
  return session;
}

void Token::login(Session session) {
  if (pin_refused_) misconfigured("the PIN was refused before and is not tried again; start anew with the right one");
  if (log_in(functions_, slot_, session, CKU_USER, pin_)) return;
  pin_refused_ = true;
  misconfigured("the token refuses the PIN; one try is spent, and it is not tried again");
}

void Token::connect() {
  slot_ = slot_of(functions_, address_.token);
  const Session session = open_session();
  try {
    login(session);
  } catch (...) {
    functions_.C_CloseSession(session);
    throw;
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back(session);  // one stays open for good: the login ends with the last session
  ++connection_;
}

void Token::reconnect(unsigned seen) {
  const std::lock_guard one(connecting_);
  if (connection_.load() != seen) return;
  std::vector<Session> old;
  {
    const std::lock_guard lock(mutex_);
    old.swap(idle_);
  }
  for (const Session session : old) functions_.C_CloseSession(session);
  connect();
}

Token::Lease::Lease(Token& token) : token_(token) {
  {
    const std::lock_guard lock(token_.mutex_);
    connection_ = token_.connection_.load();
    if (!token_.idle_.empty()) {
      session_ = token_.idle_.back();
      token_.idle_.pop_back();
      return;
    }
  }
  session_ = token_.open_session();
}

Token::Lease::~Lease() {
  {
    const std::lock_guard lock(token_.mutex_);
    if (good_ && connection_ == token_.connection_.load()) {
      token_.idle_.push_back(session_);
      return;
    }
  }
  if (connection_ == token_.connection_.load()) token_.keep_login();
  token_.functions_.C_CloseSession(session_);
}

// The login ends with the last session: before that one is closed there is another.
void Token::keep_login() {
  const std::lock_guard lock(mutex_);
  Session session = 0;
  if (!idle_.empty()) return;
  if (functions_.C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session) == CKR_OK) {
    idle_.push_back(session);
  }
}

// --- objects ------------------------------------------------------------------------------------------------------

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
  return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};
}

namespace {

std::vector<CK_OBJECT_HANDLE> search(const Functions& functions, Session session, std::vector<CK_ATTRIBUTE> like) {
  constexpr std::string_view kDoing = "looking for keys in the token";
  check(functions.C_FindObjectsInit(session, like.data(), static_cast<CK_ULONG>(like.size())), kDoing);
  std::vector<CK_OBJECT_HANDLE> found;
  std::array<CK_OBJECT_HANDLE, 16> some{};
  CK_RV answer = CKR_OK;
  for (CK_ULONG count = 1; count > 0;) {
    count = 0;
    answer = functions.C_FindObjects(session, some.data(), static_cast<CK_ULONG>(some.size()), &count);
    if (answer != CKR_OK || count > some.size()) break;
    found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  }
  const CK_RV ended = functions.C_FindObjectsFinal(session);
  check(answer, kDoing);
  check(ended, kDoing);
  return found;
}

}  // namespace

std::vector<CK_OBJECT_HANDLE> find_objects(const Functions& functions, Session session, CK_OBJECT_CLASS type) {
  return search(functions, session, {attribute(CKA_CLASS, &type, sizeof type)});
}

std::vector<CK_OBJECT_HANDLE> find_objects(const Functions& functions, Session session, CK_OBJECT_CLASS type,
                                           const std::string& label) {
  return search(functions, session,
                {attribute(CKA_CLASS, &type, sizeof type), attribute(CKA_LABEL, label.data(), label.size())});
}

void refuse_if_taken(const Functions& functions, Session session, CK_OBJECT_CLASS type, const std::string& label,
                     std::string_view doing) {
  if (find_objects(functions, session, type, label).empty()) return;
  throw base::Error(base::Fault::FixConfiguration, std::string(doing),
                    fmt::format("'{}' is there already and is not overwritten; choose another label", label));
}

std::optional<CK_OBJECT_HANDLE> find_object(const Functions& functions, Session session, CK_OBJECT_CLASS type,
                                            const std::string& label) {
  const auto found = find_objects(functions, session, type, label);
  if (found.size() > 1) misconfigured(fmt::format("two keys are called '{}'; a label names one", label));
  if (found.empty()) return std::nullopt;
  return found.front();
}

base::Bytes read_attribute(const Functions& functions, Session session, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type) {
  constexpr std::string_view kDoing = "reading a key's attributes";
  CK_ATTRIBUTE wanted{type, nullptr, 0};
  check(functions.C_GetAttributeValue(session, object, &wanted, 1), kDoing);
  if (wanted.ulValueLen > (1U << 16)) token_failed(kDoing, CKR_DEVICE_ERROR);
  base::Bytes value(wanted.ulValueLen);
  wanted.pValue = value.data();
  check(functions.C_GetAttributeValue(session, object, &wanted, 1), kDoing);
  value.resize(std::min<std::size_t>(wanted.ulValueLen, value.size()));
  return value;
}

}  // namespace pkcs11
