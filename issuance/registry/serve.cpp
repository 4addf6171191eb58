#include "issuance/registry/commands.h"
#include "issuance/registry/service.h"
#include "pki/base/core/files.h"
#include "pki/base/core/log.h"
#include "pki/base/net/server.h"
#include "pki/base/net/serving.h"

namespace registry {

namespace {

constexpr const char* kProgram = "cccd-registry";
constexpr std::chrono::seconds kRequestTime{10};  // for one connection, from its beginning to its last octet

cli::Exit serve(const cli::Arguments& arguments) {
  const std::string socket = arguments.text("socket");
  const net::StopSignals stop;
  net::hide_memory();
  const base::SystemClock clock;
  base::SystemRandom random;
  const Home home = Home::open(arguments.text("data"));
  const base::Secret password =
      base::read_password_file(arguments.text("password-file"), "reading the password of the answer key");
  Service service(home, home.answer_key(password), clock, random);
  net::Server server(
      kProgram, socket, [&](std::string_view request, const net::Peer& peer) { return service.handle(request, peer); },
      kRequestTime);
  net::Readiness ready(kProgram, arguments.text_or("ready-file", ""));  // after the socket: nobody else serves there
  ready.tell(socket);
  server.run(stop.descriptor());
  base::log::info("stopped by a signal");
  return cli::Exit::Done;
}

}  // namespace

void add_serve_command(cli::Program& program) {
  program.verb({.name = "serve",
                .summary = "Answers and takes changes over a Unix socket until it is stopped.",
                .positional = {},
                .declare =
                    [](boost::program_options::options_description& o) {
                      declare_data(o);
                      cli::add_text(o, "socket", "path of the Unix socket; made with mode 0660");
                      cli::add_text(o, "password-file", "file whose first line is the password of the answer key");
                      cli::add_text(o, "ready-file", "written (with the process id) once the socket is open");
                    },
                .run = serve,
                .example = "cccd-registry serve --data registry --socket /run/cccd/registry.socket --password-file "
                           "registry.pw"});
}

}  // namespace registry
