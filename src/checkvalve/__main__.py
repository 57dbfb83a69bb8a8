"""``python -m checkvalve`` is ``checkvalve``."""

from checkvalve.cli.main import main

if __name__ == "__main__":
    main()
