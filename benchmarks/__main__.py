"""`python -m benchmarks NAME [options] --json`: run one benchmark, print one JSON object (indented without --json)."""

from __future__ import annotations

import importlib
import json
import sys


def main() -> int:
    """Import benchmarks.NAME and print what its `main(argv)` returns."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print("usage: python -m benchmarks NAME [options] [--json]", file=sys.stderr)
        return 2
    name, argv = sys.argv[1], [word for word in sys.argv[2:] if word != "--json"]
    module = importlib.import_module(f"benchmarks.{name}")
    print(json.dumps(module.main(argv), indent=None if "--json" in sys.argv else 2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
