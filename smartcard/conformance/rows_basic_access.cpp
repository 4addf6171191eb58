// Catalogue B: basic access control (ICAO Doc 9303-11 §4.3). Of its commands, SELECT is 0, GET CHALLENGE 1, EXTERNAL
// AUTHENTICATE 2.

#include "smartcard/conformance/trial.h"

namespace conformance {

namespace {

constexpr std::size_t kChallenge = 1, kAuthenticate = 2;
constexpr int kManyRuns = 20;

void runs_clean(Trial& trial) {
  trial.afresh();
  if (!trial.bac().secured) throw Wrong{"a clean run does not open the card afterwards"};
}

// The run opens nothing, whatever its commands are answered, and the next one does.
void spoilt(Trial& trial, std::size_t at, const Edit& edit) {
  runs_clean(trial);  // a card without basic access control refuses everything, and shows nothing by it
  trial.afresh();
  trial.wire().edit(at, edit);
  if (trial.bac().secured) throw Wrong{"the session opened all the same"};
  if (const auto answer = trial.wire().answer_to_the_changed(); answer && at == kAuthenticate) trial.refused(*answer);
  runs_clean(trial);
}

void needs_bac(Trial& trial) {
  trial.afresh();
  if (!trial.bac().secured) throw NotApplicable{"the card does not open by basic access control"};
}

void wrong_bit(Trial& trial) {
  needs_bac(trial);
  for (const std::size_t at : {0U, 39U}) {  // of E_IFD, of M_IFD
    spoilt(trial, kAuthenticate, [at](apdu::Command& command) {
      command.data[at] ^= 0x01;
      return std::nullopt;
    });
  }
}

void without_challenge(Trial& trial) {
  needs_bac(trial);
  spoilt(trial, kChallenge, [](apdu::Command&) {
    return apdu::Response{base::hex("0102030405060708"), apdu::StatusWord{0x9000}};
  });
}

void another_challenge(Trial& trial) {
  needs_bac(trial);
  trial.afresh();
  trial.wire().edit(kChallenge, [&](apdu::Command& command) {
    trial.wire().leave_alone();
    apdu::Response answer = trial.wire().transmit(command);
    if (!answer.data.empty()) answer.data.back() ^= 0x01;
    return answer;
  });
  if (trial.bac().secured) throw Wrong{"the card takes an answer to another challenge"};
  trial.saw("refused");
  runs_clean(trial);
}

void the_same_challenge_twice(Trial& trial) {
  needs_bac(trial);
  trial.afresh();
  apdu::Command sent;
  trial.wire().edit(kAuthenticate, [&sent](apdu::Command& command) {
    sent = command;
    return std::nullopt;
  });
  trial.bac();
  trial.refused(trial.wire().transmit(sent).sw);
}

void other_lengths(Trial& trial) {
  needs_bac(trial);
  for (const std::size_t size : {39U, 41U}) {
    spoilt(trial, kAuthenticate, [size](apdu::Command& command) {
      command.data.resize(size);
      return std::nullopt;
    });
  }
}

void other_challenge_sizes(Trial& trial) {
  needs_bac(trial);
  for (const std::uint32_t le : {4U, 16U, 256U}) {
    trial.afresh();
    trial.select_application();
    const apdu::Response answer = trial.wire().transmit({0x00, 0x84, 0x00, 0x00, {}, le});
    if (answer.data.size() > le) throw Wrong{"more bytes than asked for"};
    trial.saw(answer.sw.ok() ? "bytes" : apdu::describe(answer.sw));
  }
  runs_clean(trial);
}

void many_wrong_runs(Trial& trial) {
  needs_bac(trial);
  trial.afresh();
  for (int run = 0; run < kManyRuns; ++run) {
    trial.wire().edit(kAuthenticate, [](apdu::Command& command) {
      command.data.back() ^= 0x01;
      return std::nullopt;
    });
    if (trial.bac().secured) throw Wrong{"a wrong run opened the card"};
  }
  trial.wire().leave_alone();
  if (!trial.bac().secured) throw Wrong{"the card is blocked by wrong runs"};
  trial.saw("twenty wrong runs, and it opens");
}

void after_pace(Trial& trial) {
  needs_bac(trial);
  trial.needs_pace();
  trial.afresh();
  const auto by_pace = trial.pace();
  if (!by_pace.secured) throw Wrong{"PACE opens no session"};
  const auto by_bac = trial.bac();
  if (!by_bac.secured) return trial.saw("basic access control refused");
  const auto old = trial.ask(*by_pace.secured, read_by_short_id(kCom, 64));
  if (old && old->sw.ok()) throw Wrong{"the session of PACE lives beside that of basic access control"};
  trial.saw("the session of PACE is gone");
}

}  // namespace

std::vector<Row> basic_access_rows() {
  return {{"B1", "EXTERNAL AUTHENTICATE with a wrong bit", wrong_bit},
          {"B2", "EXTERNAL AUTHENTICATE without GET CHALLENGE", without_challenge},
          {"B3", "a correct MAC over another challenge", another_challenge},
          {"B4", "one challenge used twice", the_same_challenge_twice},
          {"B5", "EXTERNAL AUTHENTICATE of 39 and 41 bytes", other_lengths},
          {"B6", "GET CHALLENGE of other lengths", other_challenge_sizes},
          {"B7", "many wrong runs", many_wrong_runs},
          {"B8", "basic access control after PACE", after_pace}};
}

}  // namespace conformance
