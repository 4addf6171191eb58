// A load generator that shows a client certificate (h2load and wrk cannot): so many clients, each on a connection of
// its own that stands, each asking again as soon as it is answered. Several questions are measured in turns within one
// run, so that their figures can be compared.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "pki/base/cli/cli.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/net/https_client.h"

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::duration;
constexpr long kRounds = 40;  // turns of each question

struct Load {
  std::string url, method, body;
  std::vector<std::string> targets;
  std::vector<std::string> numbers;  // what stands for {} in a target, one after the other
  long clients = 1, requests = 1;
};

// What one question got, over all rounds and clients.
struct Measured {
  std::vector<double> microseconds;
  std::map<int, long> statuses;
  double seconds = 0;
  std::vector<double> round_rates;  // answers a second of each round
};

std::string filled(const Load& load, const std::string& target, std::size_t turn) {
  const std::size_t place = target.find("{}");
  if (place == std::string::npos) return target;
  base::ensure(!load.numbers.empty(), "a target with {} has numbers to fill in");
  return target.substr(0, place) + load.numbers[turn % load.numbers.size()] + target.substr(place + 2);
}

// One client's share of a round.
void ask(net::HttpsClient& client, const Load& load, const std::string& target, std::size_t first, long count,
         Measured& into, std::mutex& guard) {
  Measured mine;
  for (long i = 0; i < count; ++i) {
    const std::string question = filled(load, target, first + static_cast<std::size_t>(i));
    const auto begin = Steady::now();
    const net::HttpResponse answer = client.ask(load.method, question, load.body);
    mine.microseconds.push_back(duration<double, std::micro>(Steady::now() - begin).count());
    ++mine.statuses[answer.status];
  }
  const std::lock_guard lock(guard);
  into.microseconds.insert(into.microseconds.end(), mine.microseconds.begin(), mine.microseconds.end());
  for (const auto& [status, times] : mine.statuses) into.statuses[status] += times;
}

// All clients at once; the first failure of any is thrown.
void round(std::vector<net::HttpsClient>& clients, const Load& load, const std::string& target, std::size_t first,
           Measured& into) {
  const long share = std::max(1L, load.requests / kRounds / load.clients);
  std::mutex guard;
  std::exception_ptr failure;
  const auto begin = Steady::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          ask(clients[i], load, target, first + i * static_cast<std::size_t>(share), share, into, guard);
        } catch (...) {
          const std::lock_guard lock(guard);
          failure = std::current_exception();
        }
      });
    }
  }
  const double seconds = duration<double>(Steady::now() - begin).count();
  into.seconds += seconds;
  into.round_rates.push_back(static_cast<double>(share) * static_cast<double>(clients.size()) / seconds);
  if (failure) std::rethrow_exception(failure);
}

nlohmann::json report(const std::string& target, Measured& measured) {
  std::ranges::sort(measured.microseconds);
  const auto at = [&](double share) {
    const auto last = static_cast<double>(measured.microseconds.size() - 1);
    return measured.microseconds[static_cast<std::size_t>(last * share)];
  };
  nlohmann::json statuses = nlohmann::json::object();
  for (const auto& [status, times] : measured.statuses) statuses[std::to_string(status)] = times;
  return {{"target", target},
          {"requests", measured.microseconds.size()},
          {"per_second", static_cast<double>(measured.microseconds.size()) / measured.seconds},
          {"median_us", at(0.5)},
          {"p99_us", at(0.99)},
          {"round_rates", measured.round_rates},
          {"statuses", statuses}};
}

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  const std::string text = base::read_text_file(file, "reading the numbers");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

cli::Exit run(const cli::Arguments& arguments) {
  Load load{.url = arguments.text("url"),
            .method = arguments.text_or("method", "GET"),
            .body = arguments.text_or("body", ""),
            .targets = arguments.texts("target"),
            .numbers = {},
            .clients = arguments.number("clients"),
            .requests = arguments.number("requests")};
  if (arguments.has("numbers")) load.numbers = lines_of(arguments.text("numbers"));
  const base::SystemClock clock;
  const auto identity = net::TlsIdentity::from_files(
      arguments.text("certificate"), arguments.text("key"),
      base::read_password_file(arguments.text("password-file"), "reading the password of the client's key"));
  const auto authorities = net::TlsAuthorities::from_file(arguments.text("ca"));
  std::vector<net::HttpsClient> clients;
  for (long i = 0; i < load.clients; ++i) clients.emplace_back(load.url, identity, authorities, clock);

  std::vector<Measured> measured(load.targets.size());
  std::size_t turn = 0;
  for (long i = 0; i <= kRounds; ++i) {
    if (i == 1) std::ranges::fill(measured, Measured{});  // the first round opens the connections and is not counted
    for (std::size_t t = 0; t < load.targets.size(); ++t) {
      round(clients, load, load.targets[t], turn, measured[t]);
    }
    turn += static_cast<std::size_t>(load.requests / kRounds);
  }
  nlohmann::json out{{"clients", load.clients}, {"targets", nlohmann::json::array()}};
  for (std::size_t t = 0; t < load.targets.size(); ++t) out["targets"].push_back(report(load.targets[t], measured[t]));
  std::cout << out.dump(2) << "\n";
  return cli::Exit::Done;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Program program("https_load", "Measures a server over TLS with client certificates.",
                       "https_load --url https://127.0.0.1:7443 --ca ca.pem --certificate tls.pem --key tls.key "
                       "--password-file word --target /v1/health --clients 16 --requests 20000");
  program.verb({.name = "",
                .summary = "Asks as fast as it is answered; figures as JSON.",
                .positional = {},
                .declare =
                    [](boost::program_options::options_description& to) {
                      cli::add_text(to, "url", "https://host:port");
                      cli::add_text(to, "ca", "the authority of the server's certificate");
                      cli::add_text(to, "certificate", "what is shown");
                      cli::add_text(to, "key", "its key, encrypted PKCS#8");
                      cli::add_text(to, "password-file", "file whose first line opens the key");
                      cli::add_texts(to, "target", "path and query; {} is filled in; several are measured in turns");
                      cli::add_text(to, "numbers", "file with what is filled in for {}, one a line");
                      cli::add_text(to, "method", "GET when left out");
                      cli::add_text(to, "body", "of every request");
                      cli::add_number(to, "clients", "connections at once");
                      cli::add_number(to, "requests", "of each target, over all clients");
                    },
                .run = run,
                .example = ""});
  return program.main(argc, argv);
}
