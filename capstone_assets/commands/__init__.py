"""The subcommands of `capstone`: a module for each group of them, loaded when it is called."""
