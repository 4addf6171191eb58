#include "tests/pki/pkcs11_shim.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

constexpr const char* kSoftHsm = "/usr/lib/softhsm/libsofthsm2.so";

std::atomic<int> fault{kShimNone};
std::atomic<unsigned long> planned{0};
std::atomic<unsigned long> calls{0};
std::atomic<const char*> planned_name{""};
std::atomic<void (*)()> when_it_hangs{nullptr};
std::mutex mutex;
std::condition_variable released_now;
bool released = false;

CK_FUNCTION_LIST* real_module() {
  static CK_FUNCTION_LIST* const list = [] {
    CK_FUNCTION_LIST* found = nullptr;
    void* const library = ::dlopen(kSoftHsm, RTLD_NOW | RTLD_LOCAL);
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    get(&found);
    return found;
  }();
  return list;
}

std::atomic<CK_SLOT_ID> last_slot{0};

// Answers when the call must not reach the token; a call that is to be bent says so.
struct Turn {
  bool refused = false, bent = false;
  CK_RV answer = CKR_OK;
};

void hang() {
  when_it_hangs.load()();
  std::unique_lock lock(mutex);
  released_now.wait(lock, [] { return released; });
}

Turn next_call(const char* name) {
  if (++calls != planned) return {};
  planned_name = name;
  switch (fault) {
    case kShimHang:
      hang();
      return {};
    case kShimFail:
      return {.refused = true, .answer = CKR_FUNCTION_FAILED};
    case kShimLoseToken:
      real_module()->C_CloseAllSessions(last_slot);
      return {.refused = true, .answer = CKR_DEVICE_REMOVED};
    case kShimDelay:
      std::this_thread::yield();  // the caller waits for as long as it takes: there is no clock to run out
      return {};
    default:
      return {.bent = true};
  }
}

// Forwards one call; bend changes what it gives back.
template <class Call, class Bend>
CK_RV through(const char* name, Call call, Bend bend) {
  const Turn turn = next_call(name);
  if (turn.refused) return turn.answer;
  const CK_RV answer = call();
  if (turn.bent && answer == CKR_OK) bend();
  return answer;
}

template <class Call>
CK_RV through(const char* name, Call call) {
  return through(name, call, [] {});
}

CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID* slots, CK_ULONG* count) {
  return through(
      "C_GetSlotList", [&] { return real_module()->C_GetSlotList(present, slots, count); },
      [&] {
        if (slots != nullptr && *count > 0) slots[0] ^= 1U;
      });
}

CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  last_slot = slot;
  return through(
      "C_GetTokenInfo", [&] { return real_module()->C_GetTokenInfo(slot, info); }, [&] { info->label[0] ^= 1U; });
}

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void* application, CK_NOTIFY notify, CK_SESSION_HANDLE* session) {
  last_slot = slot;
  return through(
      "C_OpenSession", [&] { return real_module()->C_OpenSession(slot, flags, application, notify, session); },
      [&] { *session ^= 0x4000U; });
}

CK_RV close_session(CK_SESSION_HANDLE session) {
  return through("C_CloseSession", [&] { return real_module()->C_CloseSession(session); });
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size) {
  return through("C_Login", [&] { return real_module()->C_Login(session, user, pin, size); });
}

CK_RV logout(CK_SESSION_HANDLE session) {
  return through("C_Logout", [&] { return real_module()->C_Logout(session); });
}

CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE* like, CK_ULONG count) {
  return through("C_FindObjectsInit", [&] { return real_module()->C_FindObjectsInit(session, like, count); });
}

CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE* objects, CK_ULONG most, CK_ULONG* count) {
  return through(
      "C_FindObjects", [&] { return real_module()->C_FindObjects(session, objects, most, count); },
      [&] {
        if (*count > 0) objects[0] ^= 1U;
      });
}

CK_RV find_final(CK_SESSION_HANDLE session) {
  return through("C_FindObjectsFinal", [&] { return real_module()->C_FindObjectsFinal(session); });
}

CK_RV get_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE* wanted, CK_ULONG count) {
  return through(
      "C_GetAttributeValue", [&] { return real_module()->C_GetAttributeValue(session, object, wanted, count); },
      [&] {
        if (wanted->pValue != nullptr && wanted->ulValueLen > 0) {
          static_cast<CK_BYTE*>(wanted->pValue)[wanted->ulValueLen - 1] ^= 1U;
        } else {
          --wanted->ulValueLen;
        }
      });
}

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* how, CK_OBJECT_HANDLE key) {
  return through("C_SignInit", [&] { return real_module()->C_SignInit(session, how, key); });
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* signature, CK_ULONG* signature_size) {
  return through(
      "C_Sign", [&] { return real_module()->C_Sign(session, data, size, signature, signature_size); },
      [&] { signature[*signature_size / 2] ^= 1U; });
}

}  // namespace

extern "C" {

void shim_plan(int what, unsigned long call_number, void (*hangs)()) {
  fault = what;
  planned = call_number;
  calls = 0;
  planned_name = "";
  when_it_hangs = hangs;
  const std::lock_guard lock(mutex);
  released = false;
}

void shim_release() {
  const std::lock_guard lock(mutex);
  released = true;
  released_now.notify_all();
}

const char* shim_planned() {
  return planned_name;
}

unsigned long shim_calls() {
  return calls;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static CK_FUNCTION_LIST shim = *real_module();
  shim.C_GetFunctionList = C_GetFunctionList;
  shim.C_GetSlotList = get_slot_list;
  shim.C_GetTokenInfo = get_token_info;
  shim.C_OpenSession = open_session;
  shim.C_CloseSession = close_session;
  shim.C_Login = login;
  shim.C_Logout = logout;
  shim.C_FindObjectsInit = find_init;
  shim.C_FindObjects = find;
  shim.C_FindObjectsFinal = find_final;
  shim.C_GetAttributeValue = get_attributes;
  shim.C_SignInit = sign_init;
  shim.C_Sign = sign;
  *list = &shim;
  return CKR_OK;
}
}
