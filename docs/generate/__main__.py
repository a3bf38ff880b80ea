"""`python -m docs.generate [FOLDER]` builds the site into a folder, by default `site`."""

from __future__ import annotations

import sys
from pathlib import Path

from docs.generate.site import ROOT, build

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"
    build(folder)
    print(f"The site: {folder}/index.html")
