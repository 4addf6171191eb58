# Run by the build with fontforge: converts an OpenType font with CFF outlines to TrueType under the given family name.
# Cairo 1.16 leaves CFF fonts out of a PDF without an error; TrueType outlines are embedded.
import sys

import fontforge

source, target, family = sys.argv[1:4]
font = fontforge.open(source)
font.familyname = family
font.fontname = family.replace(" ", "") + "-Regular"
font.fullname = family + " Regular"
for name in ("Family", "Preferred Family"):
    font.appendSFNTName("English (US)", name, family)
for name in ("SubFamily", "Preferred Styles"):
    font.appendSFNTName("English (US)", name, "Regular")
font.generate(target, flags=("opentype", "no-FFTM-table"))
