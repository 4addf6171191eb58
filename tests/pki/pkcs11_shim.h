#pragma once
// A PKCS #11 module in front of SoftHSM2 that does one call wrong. It is loaded by its path, like any module; a test
// loads the same path and tells it what to do.

extern "C" {

enum ShimFault { kShimNone, kShimFail, kShimLoseToken, kShimDelay, kShimCorrupt, kShimHang };

// The call_number-th call from now on (1 is the next) goes wrong: kShimFail answers CKR_FUNCTION_FAILED without doing
// anything, kShimLoseToken CKR_DEVICE_REMOVED and all sessions are gone, kShimDelay answers late, kShimCorrupt does the
// work and bends what it gives back. kShimHang calls `hangs` and does not come back before shim_release(); then it does
// the work.
void shim_plan(int fault, unsigned long call_number, void (*hangs)());
void shim_release();         // also what is planned and did not happen yet will not hang
unsigned long shim_calls();  // since the plan was made
const char* shim_planned();  // the function that the planned call asked for; "" before it came
}
