"""`python -m lhu_effect` is `lhu-effect`."""

from lhu_effect.cli import main

if __name__ == "__main__":
    main()
