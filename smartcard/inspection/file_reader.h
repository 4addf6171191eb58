#pragma once
// Reads the files of the LDS application as real chips let themselves be read (ISO 7816-4 §11.3, ICAO Doc 9303-10
// §3.6): by short file identifier, else by SELECT; as many bytes as the file's own header announces; in pieces that
// shrink when the chip does not take them and stay so; beyond 32,767 with the odd instruction. A chip that takes the
// pieces is read with as few commands as there are pieces in its files. Whatever the chip answers, reading ends: a file has
// to give 64 octets a command on average, and all of a card's files together get kMostCommands.

#include <cstdint>
#include <span>
#include <string>

#include "pki/base/core/bytes.h"
#include "smartcard/lds/lds.h"
#include "smartcard/transport/channel.h"

namespace inspection {

struct FileReading {
  enum class Status {
    Read,      // `content` is the whole TLV
    NotFound,  // 6A82
    Refused,   // 6982, 6985, 6986
    TooLarge,  // announces more than lds::kLargestCardFile; not read
    Failed,    // anything else; `why` says what was seen
  };
  Status status = Status::Failed;
  base::Bytes content;
  std::string why;
};

class FileReader {
 public:
  // 400 kB in the smallest pieces: no chip holds so much, and an hour of a gate's time is not the card's to spend.
  static constexpr std::size_t kMostCommands = 4096;

  explicit FileReader(transport::Channel& card);
  // Throws base::Error as the channel does; never because of what the chip answers.
  FileReading read(const lds::FileInfo& file);

 private:
  struct Piece;
  Piece read_first(const lds::FileInfo& file, std::size_t wanted);
  Piece read_at(std::size_t offset, std::size_t wanted);
  Piece exchange(const apdu::Command& command, std::size_t wanted, bool wrapped);
  static bool shrink(std::span<const std::size_t> sizes, std::size_t& size);
  FileReading read_rest(base::Bytes content);

  transport::Channel& card_;
  // Bytes asked for at once, and by a file's first command, before anybody knows how long it is: less than a piece
  // where the chip does not take a command that reaches past a file's end. Remembered over the files of one card.
  std::size_t piece_, first_;
  std::size_t commands_ = 0;  // of all files so far
};

}  // namespace inspection
