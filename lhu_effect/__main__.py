"""`python -m lhu_effect` and the command `lhu-effect`: Ctrl-C is heeded from the first import on."""

import sys


def main() -> None:
    """Runs the command line; interrupted while it still loads, nothing was begun and nothing need be said."""
    try:
        from lhu_effect.cli import main as program
    except KeyboardInterrupt:
        sys.exit(130)
    program()


if __name__ == "__main__":
    main()
