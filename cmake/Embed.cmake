# Script mode: turns the file IN into a C++ source OUT that defines NAMESPACE::SYMBOL as its bytes.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include <string_view>
namespace ${NAMESPACE} {
static constexpr unsigned char kBytes_${SYMBOL}[] = {${bytes}0};
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}{reinterpret_cast<const char*>(kBytes_${SYMBOL}), sizeof kBytes_${SYMBOL} - 1};
}  // namespace ${NAMESPACE}
")
