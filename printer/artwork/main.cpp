#include "printer/artwork/proof_commands.h"

namespace {

namespace po = boost::program_options;

void declare_layout(po::options_description& options) {
  cli::add_text(options, "form", "a shipped layout: adult-2024 (the usual one), child-2024");
  cli::add_text(options, "layout", "a layout file of your own, instead of --form");
  cli::add_number(options, "dpi", "resolution of the card printer, 200 to 1200 (300)");
}

}  // namespace

int main(int argc, char** argv) {
  cli::Program program("cccd-proof", "Paints a card's faces without a station, for people who design the print.",
                       "cccd-proof card fields.json --portrait face.jpg --out proof");
  program.verb({.name = "card",
                .summary = "Paints both faces of one card to PNG and PDF.",
                .positional = {"FIELDS"},
                .declare =
                    [](po::options_description& options) {
                      cli::add_text(options, "portrait", "JPEG of the face, for a layout with a photo");
                      cli::add_text(options, "can", "six digits that open the chip, where the card prints its own");
                      cli::add_text(options, "out", "folder for front.png, back.png, card.pdf, qr.txt and mrz.txt");
                      declare_layout(options);
                    },
                .run = proof::paint_card,
                .example = "cccd-proof card fields.json --portrait face.jpg --out proof"});
  program.verb({.name = "qr",
                .summary = "Paints the QR code of a text as the layout places it, to PNG.",
                .positional = {"TEXT"},
                .declare =
                    [](po::options_description& options) {
                      cli::add_text(options, "out", "the PNG file to write");
                      declare_layout(options);
                    },
                .run = proof::paint_qr,
                .example = "cccd-proof qr qr.txt --out qr.png"});
  program.verb({.name = "portrait",
                .summary = "Draws a made-up bust as a JPEG of passport proportions, so that no photograph is needed.",
                .positional = {},
                .declare =
                    [](po::options_description& options) {
                      cli::add_number(options, "seed", "which bust: the same number gives the same one");
                      cli::add_text(options, "sex", "Nam or Nữ: short hair or long; otherwise the seed chooses");
                      cli::add_text(options, "out", "the JPEG file to write");
                      cli::add_number(options, "budget", "largest size in bytes (15000)");
                    },
                .run = proof::draw_portrait,
                .example = "cccd-proof portrait --seed 7 --sex Nam --out face.jpg"});
  program.verb({.name = "finger",
                .summary = "Draws a made-up ridge pattern, marked as a drawing, so that nobody's finger is needed.",
                .positional = {},
                .declare =
                    [](po::options_description& options) {
                      cli::add_number(options, "seed", "which pattern: the same number gives the same one");
                      cli::add_text(options, "out", "the JPEG file to write");
                      cli::add_number(options, "budget", "largest size in bytes (10000)");
                    },
                .run = proof::draw_finger,
                .example = "cccd-proof finger --seed 7 --out right_index.jpg"});
  return program.main(argc, argv);
}
