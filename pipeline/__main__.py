"""Entry point of the command `mgi`."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
